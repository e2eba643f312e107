assay_add_recipes(RECIPES recipes FILTER LABELS smoke)
