assay_add_recipes(RECIPES recipes DIRECTORY nightly)
assay_add_recipes(RECIPES recipes PREFIX b. DIRECTORY nightly)
