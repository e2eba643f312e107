// Cairo, loaded on first use: who draws no curve needs no libcairo.
#pragma once

#include <cairo/cairo.h>

namespace assay {

// The functions of libcairo.so.2 that curves use, typed by its own header.
struct Cairo {
  decltype(&cairo_image_surface_create) image_surface_create;
  decltype(&cairo_surface_write_to_png_stream) surface_write_to_png_stream;
  decltype(&cairo_surface_destroy) surface_destroy;
  decltype(&cairo_surface_flush) surface_flush;
  decltype(&cairo_surface_mark_dirty) surface_mark_dirty;
  decltype(&cairo_image_surface_get_data) image_surface_get_data;
  decltype(&cairo_image_surface_get_stride) image_surface_get_stride;
  decltype(&cairo_create) create;
  decltype(&cairo_destroy) destroy;
  decltype(&cairo_status) status;
  decltype(&cairo_status_to_string) status_to_string;
  decltype(&cairo_save) save;
  decltype(&cairo_restore) restore;
  decltype(&cairo_rotate) rotate;
  decltype(&cairo_translate) translate;
  decltype(&cairo_set_source_rgb) set_source_rgb;
  decltype(&cairo_set_line_width) set_line_width;
  decltype(&cairo_set_line_join) set_line_join;
  decltype(&cairo_set_dash) set_dash;
  decltype(&cairo_move_to) move_to;
  decltype(&cairo_line_to) line_to;
  decltype(&cairo_arc) arc;
  decltype(&cairo_rectangle) rectangle;
  decltype(&cairo_clip) clip;
  decltype(&cairo_fill) fill;
  decltype(&cairo_stroke) stroke;
  decltype(&cairo_paint) paint;
  decltype(&cairo_select_font_face) select_font_face;
  decltype(&cairo_set_font_size) set_font_size;
  decltype(&cairo_text_extents) text_extents;
  decltype(&cairo_show_text) show_text;
};

// Throws Error that says what is missing.
const Cairo& load_cairo();

}  // namespace assay
