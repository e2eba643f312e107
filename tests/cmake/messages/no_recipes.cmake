assay_add_recipes(PREFIX x.)
