assay_add_recipes(recipes)
