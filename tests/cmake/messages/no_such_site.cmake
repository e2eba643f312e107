assay_add_recipes(RECIPES recipes SITE site.yaml)
