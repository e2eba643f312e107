assay_add_recipes(RECIPES recipes LABLES smoke TIMEOUT 3)
