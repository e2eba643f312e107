unset(CMAKE_TESTING_ENABLED)
assay_add_recipes(RECIPES recipes)
assay_add_recipes(RECIPES recipes PREFIX again.)
