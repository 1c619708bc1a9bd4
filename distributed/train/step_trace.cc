#include "distributed/train/step_trace.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "absl/strings/str_format.h"
#include "core/base/file.h"

namespace lockstep {
namespace {

constexpr int64_t kMostSpans = 200'000;  // of a rank

// What a rank sends, times in nanoseconds on rank 0's clock.
struct RankTrace {
  std::vector<PhaseSpan> spans;
  std::vector<PieceTimes> pieces;  // [steps, buckets]
};

template <typename T>
void Append(const std::vector<T>& values, std::string* bytes) {
  const size_t count = values.size();
  bytes->append(reinterpret_cast<const char*>(&count), sizeof(count));
  bytes->append(reinterpret_cast<const char*>(values.data()), count * sizeof(T));
}

template <typename T>
size_t Read(const std::string& bytes, size_t at, std::vector<T>* values) {
  size_t count = 0;
  std::memcpy(&count, bytes.data() + at, sizeof(count));
  values->resize(count);
  std::memcpy(values->data(), bytes.data() + at + sizeof(count), count * sizeof(T));
  return at + sizeof(count) + count * sizeof(T);
}

// The events of all ranks, in microseconds since the first one.
class TraceText {
 public:
  TraceText(const std::vector<RankTrace>& ranks, size_t buckets)
      : ranks_(ranks), buckets_(buckets), first_ns_(std::numeric_limits<int64_t>::max()) {
    for (const RankTrace& rank : ranks) {
      if (!rank.spans.empty()) first_ns_ = std::min(first_ns_, rank.spans.front().begin);
    }
  }

  std::string Text(const RankPlaces& places) {
    for (size_t rank = 0; rank < ranks_.size(); ++rank) {
      const std::string& host = places.hosts[static_cast<size_t>(places.host_of[rank])].name;
      Name("process_name", rank, 0, absl::StrFormat("rank %d on %s", rank, host));
      Name("thread_name", rank, 0, "phases");
      for (size_t k = 0; k < buckets_; ++k) {
        Name("thread_name", rank, k + 1, absl::StrFormat("bucket %d", k));
      }
      AddPhases(rank);
      AddPieces(rank);
    }
    return "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" + events_ + "\n]}\n";
  }

 private:
  void Name(const char* what, size_t rank, size_t row, const std::string& name) {
    std::string escaped;
    for (const char c : name) {
      if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= ' ') escaped += c;
    }
    absl::StrAppendFormat(&events_,
                          "%s{\"name\":\"%s\",\"ph\":\"M\",\"pid\":%d,\"tid\":%d,"
                          "\"args\":{\"name\":\"%s\"}}",
                          events_.empty() ? "" : ",\n", what, rank, row, escaped);
  }

  void Span(const std::string& name, size_t rank, size_t row, PieceTimes ns, size_t step) {
    absl::StrAppendFormat(&events_,
                          ",\n{\"name\":\"%s\",\"ph\":\"X\",\"pid\":%d,\"tid\":%d,\"ts\":%.3f,"
                          "\"dur\":%.3f,\"args\":{\"step\":%d}}",
                          name, rank, row, static_cast<double>(ns.ready - first_ns_) / 1000,
                          static_cast<double>(std::max<int64_t>(ns.done - ns.ready, 0)) / 1000,
                          step + 1);
  }

  void AddPhases(size_t rank) {
    size_t step = 0;
    for (const PhaseSpan& span : ranks_[rank].spans) {
      if (span.phase == kCommunication && buckets_ > 0) {
        AddCommunication(rank, span, step);
      } else if (span.phase != kCommunication) {
        Span(kStepPhaseNames[static_cast<size_t>(span.phase)], rank, 0, {span.begin, span.end},
             step);
      }
      if (span.phase == kOptimizer) ++step;
    }
  }

  void AddCommunication(size_t rank, const PhaseSpan& span, size_t step) {
    size_t last = 0;
    int64_t latest = std::numeric_limits<int64_t>::min();
    for (size_t peer = 0; peer < ranks_.size(); ++peer) {
      const size_t at = step * buckets_ + buckets_ - 1;
      if (at >= ranks_[peer].pieces.size() || ranks_[peer].pieces[at].ready <= latest) continue;
      latest = ranks_[peer].pieces[at].ready;
      last = peer;
    }
    const int64_t cut = std::clamp(latest, span.begin, span.end);
    if (cut > span.begin && last != rank) {
      Span(absl::StrFormat("wait for rank %d", last), rank, 0, {span.begin, cut}, step);
    }
    Span("transfer", rank, 0, {last != rank ? cut : span.begin, span.end}, step);
  }

  void AddPieces(size_t rank) {
    const std::vector<PieceTimes>& pieces = ranks_[rank].pieces;
    for (size_t i = 0; i < pieces.size(); ++i) {
      const size_t bucket = i % buckets_;
      Span(absl::StrFormat("bucket %d", bucket), rank, bucket + 1, pieces[i], i / buckets_);
    }
  }

  const std::vector<RankTrace>& ranks_;
  size_t buckets_;
  int64_t first_ns_;
  std::string events_;
};

}  // namespace

StepTrace::StepTrace(int64_t steps, int64_t spans, int64_t buckets)
    : steps_(steps), buckets_(buckets) {
  spans_.reserve(static_cast<size_t>(std::min(steps * spans, kMostSpans)));
  pieces_.reserve(static_cast<size_t>(steps * buckets));
}

void StepTrace::EndStep(std::span<const PieceTimes> pieces) {
  if (taken_ == steps_) return;
  ++taken_;
  if (static_cast<int64_t>(pieces.size()) == buckets_) {
    pieces_.insert(pieces_.end(), pieces.begin(), pieces.end());
  }
}

Status StepTrace::Write(Communicator* communicator, const StepLog& log, const RankPlaces& places,
                        const std::string& path) {
  written_ = true;
  RankTrace mine = {spans_, pieces_};
  for (PhaseSpan& span : mine.spans) span = {log.NsOf(span.begin), log.NsOf(span.end), span.phase};
  for (PieceTimes& piece : mine.pieces) piece = {log.NsOf(piece.ready), log.NsOf(piece.done)};
  std::string message;
  Append(mine.spans, &message);
  Append(mine.pieces, &message);
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> all, communicator->AllGather(message));
  if (communicator->rank() != 0) return OkStatus();
  std::vector<RankTrace> ranks(all.size());
  for (size_t rank = 0; rank < all.size(); ++rank) {
    Read(all[rank], Read(all[rank], 0, &ranks[rank].spans), &ranks[rank].pieces);
  }
  return WriteFileAtomically(path, TraceText(ranks, static_cast<size_t>(buckets_)).Text(places));
}

}  // namespace lockstep
