#include <gmock/gmock.h>

#include <cmath>

#include "metrics/readers.h"
#include "reading.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Csv, BlankCellsWereNotLogged) {
  const auto read = read_with(read_csv,
                              "epoch,step,train_loss,val_loss\r\n0,9,2.5,\r\n0,19,,2.25\r\n"
                              "1,29,nan,2\r\n");
  EXPECT_EQ(read["train_loss"].points.size(), 2U);
  EXPECT_EQ(read["train_loss"].points[0], (Point{9, 2.5}));
  EXPECT_TRUE(std::isnan(read["train_loss"].points[1].value));
  EXPECT_THAT(read["val_loss"].points, ElementsAre(Point{19, 2.25}, Point{29, 2}));
  EXPECT_THAT(read["epoch"].points, ElementsAre(Point{9, 0}, Point{19, 0}, Point{29, 1}));
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(Csv, ReadsPythonsQuoting) {
  const auto read =
      read_with(read_csv, "\"a, \"\"b\"\"\nc\",step,text\n\"1.5\",3,\"x,\ny\"\n2.5,4,z\n");
  EXPECT_THAT(read["a, \"b\"\nc"].points, ElementsAre(Point{3, 1.5}, Point{4, 2.5}));
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(Csv, ACutRowLosesItsLastCellOnly) {
  const auto read = read_with(read_csv, "step,a,b\n1,2,3\n2,5,0.1");
  EXPECT_THAT(read["a"].points, ElementsAre(Point{1, 2}, Point{2, 5}));
  EXPECT_THAT(read["b"].points, ElementsAre(Point{1, 3}));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("byte 15: the file ends within this row")));
}

TEST(Csv, ARepeatedHeaderIsARestart) {
  const auto read = read_with(read_csv, "a,step\n1,1\nb,a,step\n7,2,2\n");
  EXPECT_THAT(read["a"].points, ElementsAre(Point{1, 1}, Point{2, 2}));
  EXPECT_THAT(read["b"].points, ElementsAre(Point{2, 7}));
}

TEST(Csv, RowsOfAnotherLengthAreReported) {
  const auto read = read_with(read_csv, "step,a\n1,2,3\n2\n3,4\n");
  EXPECT_THAT(read["a"].points, ElementsAre(Point{1, 2}, Point{3, 4}));
  EXPECT_EQ(read.warnings.size(), 2U);
}

TEST(Csv, WithoutAStepColumnRowsAreCounted) {
  const auto read = read_with(read_csv,
                              "\xEF\xBB\xBF"
                              "a\n5\n\n6\n");
  EXPECT_THAT(read["a"].points, ElementsAre(Point{0, 5}, Point{1, 6}));
}

TEST(Csv, ReadsTheSameInPiecesOfAnySize) {
  for (std::size_t piece = 1; piece < 12; ++piece) {
    const auto read = read_with(read_csv, "\"s\"\"t\",step\r\n\"1\",2\r\n3,4\r\n", piece);
    EXPECT_THAT(read["s\"t"].points, ElementsAre(Point{2, 1}, Point{4, 3})) << piece;
    EXPECT_THAT(read.warnings, IsEmpty()) << piece;
  }
}

}  // namespace
}  // namespace assay
