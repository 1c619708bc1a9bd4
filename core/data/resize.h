// Scaling of pictures of bytes with a triangle filter, as Pillow's BILINEAR and torchvision's
// resize with antialias do it: a pixel is the mean of the source pixels around its place, weighted
// by a triangle as wide as one pixel of the smaller of the two pictures.
//
// First down the columns, into 6 more bits than a byte has, then along the rows, with weights of 14
// bits that add up to exactly 1: so a result is within 0.6 of the exact weighted mean, and a flat
// picture stays what it is. Pillow rounds to bytes in between.
#ifndef LOCKSTEP_CORE_DATA_RESIZE_H_
#define LOCKSTEP_CORE_DATA_RESIZE_H_

#include <cstdint>
#include <vector>

namespace lockstep {

// Pixels [height, width, channels] whose rows are row_bytes apart. Borrowed.
struct PictureView {
  const uint8_t* pixels = nullptr;
  int64_t height = 0, width = 0, channels = 0;
  int64_t row_bytes = 0;
};

// A part of a picture, in pixels from its upper left corner; need not be whole numbers.
struct PictureBox {
  double top = 0, left = 0, height = 0, width = 0;
};

// Holds its working memory from picture to picture. One thread at a time.
class Resizer {
 public:
  // Scales `box` of `source` to `out` [height, width, channels]. Where the filter reaches beyond
  // the box it takes the source's pixels, beyond the source nothing. REQUIRES: the box lies in the
  // source; 1 to 4 channels.
  void Resize(const PictureView& source, const PictureBox& box, int64_t height, int64_t width,
              uint8_t* out);

 private:
  // The weights of every output place along one axis: `taps` each, from source place first[i] on.
  struct Filter {
    int64_t taps = 0;  // even
    std::vector<int32_t> first;
    std::vector<int16_t> weights;  // [places, taps]
  };

  static void MakeFilter(int64_t source, double begin, double length, int64_t places,
                         Filter* filter);
  void Columns(const PictureView& source, int64_t row, int64_t first_byte, int64_t bytes);
  template <int kChannels>
  void Row(int64_t width, int64_t first_column, uint8_t* out) const;

  Filter rows_, columns_;
  std::vector<int16_t> line_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_RESIZE_H_
