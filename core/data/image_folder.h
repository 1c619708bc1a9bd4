// Folders of pictures as sets of samples.
#ifndef LOCKSTEP_CORE_DATA_IMAGE_FOLDER_H_
#define LOCKSTEP_CORE_DATA_IMAGE_FOLDER_H_

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/data/source.h"
#include "proto/config.pb.h"

namespace lockstep {

// The format of the samples; only the names of the classes' folders are looked at. Errors, here and
// below: MissingInputError, BadDataError, IoError.
StatusOr<SampleFormat> ImageFolderFormat(const ImageFolderData& config);

// Both sets with readers, nothing decoded; with skip_broken every picture has been tried, by all
// cores, and those that cannot be decoded are left out and noted.
StatusOr<TrainAndTest> LoadImageFolder(const ImageFolderData& config, DatasetNeeds needs);

// Decodes all pictures of a set, by all cores, if they are no more than max_bytes in all and
// training takes no random parts of them; then they are in memory and the reader is dropped.
// Errors: that of the first picture that cannot be decoded.
Status DecodeIfSmall(Dataset* data, int64_t max_bytes);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_IMAGE_FOLDER_H_
