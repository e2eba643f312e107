assay_add_recipes(RECIPES recipes DIRECTORY ../elsewhere)
