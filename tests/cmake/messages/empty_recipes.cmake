assay_add_recipes(RECIPES)
