assay_add_recipes(RECIPES recipes PREFIX "bio nemo.")
