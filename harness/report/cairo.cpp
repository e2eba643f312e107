#include "report/cairo.h"

#include <dlfcn.h>

#include <string>

#include "base/error.h"

namespace assay {

namespace {

constexpr auto k_library = "libcairo.so.2";

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr) throw Error(std::string(k_library) + " has no function " + name);
}

Cairo load() {
  void* library = ::dlopen(k_library, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error(std::string("curves need Cairo (Debian: libcairo2): ") + ::dlerror());
  }
  Cairo cairo{};
  find(library, "cairo_image_surface_create", cairo.image_surface_create);
  find(library, "cairo_surface_write_to_png_stream", cairo.surface_write_to_png_stream);
  find(library, "cairo_surface_destroy", cairo.surface_destroy);
  find(library, "cairo_surface_flush", cairo.surface_flush);
  find(library, "cairo_surface_mark_dirty", cairo.surface_mark_dirty);
  find(library, "cairo_image_surface_get_data", cairo.image_surface_get_data);
  find(library, "cairo_image_surface_get_stride", cairo.image_surface_get_stride);
  find(library, "cairo_create", cairo.create);
  find(library, "cairo_destroy", cairo.destroy);
  find(library, "cairo_status", cairo.status);
  find(library, "cairo_status_to_string", cairo.status_to_string);
  find(library, "cairo_save", cairo.save);
  find(library, "cairo_restore", cairo.restore);
  find(library, "cairo_rotate", cairo.rotate);
  find(library, "cairo_translate", cairo.translate);
  find(library, "cairo_set_source_rgb", cairo.set_source_rgb);
  find(library, "cairo_set_line_width", cairo.set_line_width);
  find(library, "cairo_set_line_join", cairo.set_line_join);
  find(library, "cairo_set_dash", cairo.set_dash);
  find(library, "cairo_move_to", cairo.move_to);
  find(library, "cairo_line_to", cairo.line_to);
  find(library, "cairo_arc", cairo.arc);
  find(library, "cairo_rectangle", cairo.rectangle);
  find(library, "cairo_clip", cairo.clip);
  find(library, "cairo_fill", cairo.fill);
  find(library, "cairo_stroke", cairo.stroke);
  find(library, "cairo_paint", cairo.paint);
  find(library, "cairo_select_font_face", cairo.select_font_face);
  find(library, "cairo_set_font_size", cairo.set_font_size);
  find(library, "cairo_text_extents", cairo.text_extents);
  find(library, "cairo_show_text", cairo.show_text);
  return cairo;
}

}  // namespace

const Cairo& load_cairo() {
  static const Cairo k_cairo = load();
  return k_cairo;
}

}  // namespace assay
