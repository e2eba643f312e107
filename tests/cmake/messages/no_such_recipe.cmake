assay_add_recipes(RECIPES recipes/esm3.yaml)
