// Sums over the rows of a matrix, column by column, in an order that depends on sizes alone: bias
// gradients and everything that batch normalisation sums (kernel.h).
//
// Two kernels. First, a block takes kTileColumns columns of a chunk of rows: each of its warps
// takes every kBlockWarps-th row of the chunk, the lanes lie over the columns, so that a warp reads
// neighbouring addresses; the warps' sums are added one after another. Then one thread per column
// adds the chunks in order. Sums are double: 64-bit additions are not what bounds a kernel that
// reads each of its values once.
#ifndef LOCKSTEP_CORE_OPS_CUDA_COLUMN_SUMS_H_
#define LOCKSTEP_CORE_OPS_CUDA_COLUMN_SUMS_H_

#include <algorithm>
#include <cstdint>

#include "core/base/host_device.h"
#include "core/ops/cuda/kernel.h"

namespace lockstep::cuda {

// Up to two sums that are taken in one pass. No initial values: shared memory has none.
struct TwoTerms {
  double first, second;
  LOCKSTEP_ELEMENT void Add(const TwoTerms& other) {
    first += other.first;
    second += other.second;
  }
};

// How the rows are split.
struct ColumnGrid {
  static constexpr int64_t kTileColumns = kWarpThreads;
  static constexpr int64_t kFewestRows = 64, kMostBlocks = 1024;

  ColumnGrid(int64_t matrix_rows, int64_t matrix_columns)
      : rows(matrix_rows),
        columns(matrix_columns),
        tiles(CeilingOfQuotient(columns, kTileColumns)),
        chunk_rows(std::max(kFewestRows, CeilingOfQuotient(rows * tiles, kMostBlocks))),
        chunks(CeilingOfQuotient(rows, chunk_rows)) {}

  int64_t rows, columns, tiles, chunk_rows, chunks;
  // Of scratch memory for the chunks' sums.
  int64_t parts() const { return chunks * columns; }
  int64_t blocks() const { return chunks * tiles; }
};

// parts[chunk, column] = the sum over the chunk's rows of terms(row * columns + column, column).
template <typename Terms>
struct ColumnPartsKernel {
  struct Shared {
    TwoTerms warps[kBlockWarps][kWarpThreads];
  };
  Terms terms;
  ColumnGrid grid;
  TwoTerms* parts;

  template <typename Block>
  LOCKSTEP_ELEMENT void operator()(Block& block, Shared* shared) const {
    const int64_t chunk = block.index() / grid.tiles;
    const int64_t first_column = block.index() % grid.tiles * ColumnGrid::kTileColumns;
    const int64_t begin = chunk * grid.chunk_rows;
    const int64_t end = begin + grid.chunk_rows < grid.rows ? begin + grid.chunk_rows : grid.rows;
    block.ForEachThread([&](int thread) {
      const int warp = thread / kWarpThreads, lane = thread % kWarpThreads;
      const int64_t column = first_column + lane;
      TwoTerms sum = {0, 0};
      for (int64_t row = begin + warp; row < end && column < grid.columns; row += kBlockWarps) {
        sum.Add(terms(row * grid.columns + column, column));
      }
      shared->warps[warp][lane] = sum;
    });
    block.ForEachThread([&](int thread) {
      const int64_t column = first_column + thread;
      if (thread >= kWarpThreads || column >= grid.columns) return;
      TwoTerms sum = shared->warps[0][thread];
      for (int warp = 1; warp < kBlockWarps; ++warp) sum.Add(shared->warps[warp][thread]);
      parts[chunk * grid.columns + column] = sum;
    });
  }
};

// Calls finish(column, the column's sums).
template <typename Finish>
struct ColumnTotalsKernel {
  Finish finish;
  ColumnGrid grid;
  const TwoTerms* parts;

  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I column) const {
    TwoTerms sum = {0, 0};
    for (int64_t chunk = 0; chunk < grid.chunks; ++chunk) {
      sum.Add(parts[chunk * grid.columns + column]);
    }
    finish(static_cast<int64_t>(column), sum);
  }
};

// Both kernels. `parts` [grid.parts()] is the device's memory.
template <typename Device, typename Terms, typename Finish>
void SumColumns(Device* device, const ColumnGrid& grid, TwoTerms* parts, const Terms& terms,
                const Finish& finish) {
  device->ForEachBlock(grid.blocks(), ColumnPartsKernel<Terms>{terms, grid, parts});
  device->ForEach(grid.columns, ColumnTotalsKernel<Finish>{finish, grid, parts});
}
// On scratch memory.
template <typename Device, typename Terms, typename Finish>
void SumColumns(Device* device, const ColumnGrid& grid, const Terms& terms, const Finish& finish) {
  TwoTerms* parts = device->template Scratch<TwoTerms>(grid.parts());
  SumColumns(device, grid, parts, terms, finish);
}

// The elements of a matrix, and where their column sums go: a bias gradient.
struct ElementTerms {
  const float* x;
  LOCKSTEP_ELEMENT TwoTerms operator()(int64_t at, int64_t /*column*/) const { return {x[at], 0}; }
};
struct StoreSums {
  float* sums;
  LOCKSTEP_ELEMENT void operator()(int64_t column, const TwoTerms& sum) const {
    sums[column] = static_cast<float>(sum.first);
  }
};

// parts[b] = the sum of x * y over block b's elements; TotalKernel adds the parts.
struct ProductPartsKernel {
  using Shared = NothingShared;
  static constexpr int64_t kElems = 16 * kBlockThreads, kMostBlocks = 1024;
  const float* x;
  const float* y;
  int64_t elems, block_elems;
  double* parts;

  static int64_t BlockElems(int64_t elems) {
    return std::max(kElems, CeilingOfQuotient(elems, kMostBlocks));
  }
  template <typename Block>
  LOCKSTEP_ELEMENT void operator()(Block& block, Shared* /*shared*/) const {
    const int64_t begin = block.index() * block_elems;
    const int64_t count = begin + block_elems < elems ? block_elems : elems - begin;
    const double sum = block.Sum(count, [&](int64_t j) {
      return static_cast<double>(x[begin + j]) * static_cast<double>(y[begin + j]);
    });
    block.ForFirst([&] { parts[block.index()] = sum; });
  }
};

// sum[b] = the sum over i of values[i * stride + b], by one block for each b.
struct TotalKernel {
  using Shared = NothingShared;
  const double* values;
  int64_t count, stride;
  double* sum;

  template <typename Block>
  LOCKSTEP_ELEMENT void operator()(Block& block, Shared* /*shared*/) const {
    const int64_t member = block.index();
    const double total = block.Sum(count, [&](int64_t j) { return values[j * stride + member]; });
    block.ForFirst([&] { sum[member] = total; });
  }
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_COLUMN_SUMS_H_
