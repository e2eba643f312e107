#include "report/test_xml.h"

#include <gmock/gmock.h>

#include "../model/sample_record.h"
#include "approved.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

TestXmlOptions options() { return {"node01", "linux-h200", "Nightly"}; }

TEST(TestXml, OfOneRecord) {
  test::expect_approved(test_xml(std::vector{test::passed_record()}, options()), "report/Test.xml");
}

TEST(TestXml, StatusIsTheCasesNotTheVerdicts) {
  auto record = test::passed_record();
  const auto xml_of = [&](Verdict verdict) {
    record.verdict = verdict;
    return test_xml(std::vector{record}, options());
  };
  EXPECT_THAT(xml_of(Verdict::failed), HasSubstr("<Test Status=\"failed\">"));
  EXPECT_THAT(xml_of(Verdict::errored), HasSubstr("\"Exit Value\"><Value>3</Value>"));
  EXPECT_THAT(xml_of(Verdict::skipped), HasSubstr("<Test Status=\"notrun\">"));
  record.quarantined = true;
  EXPECT_THAT(xml_of(Verdict::failed), HasSubstr("<Test Status=\"passed\">"));
  EXPECT_THAT(xml_of(Verdict::failed), HasSubstr("<Label>quarantined</Label>"));
}

TEST(TestXml, HostileTextsAreInert) {
  auto record = test::full_record();
  record.name = "a<b>&\"c\"";
  record.summary = "x\x01]]>\xFF";
  const auto xml = test_xml(std::vector{record}, options());
  EXPECT_THAT(xml, HasSubstr("<Name>a&lt;b&gt;&amp;&quot;c&quot;</Name>"));
  EXPECT_THAT(xml, HasSubstr("<Value>x\xEF\xBF\xBD]]&gt;\xEF\xBF\xBD</Value>"));
  EXPECT_THAT(xml, Not(HasSubstr("\x01")));
}

TEST(TestXml, TimesSpanAllRecords) {
  std::vector<Record> records(2, test::passed_record());
  records[1].name = "second";
  records[1].created += std::chrono::minutes(6);
  records[1].ended.reset();
  const auto xml = test_xml(records, options());
  EXPECT_THAT(xml, HasSubstr("BuildStamp=\"20261121-0627-Nightly\""));
  EXPECT_THAT(xml, HasSubstr("<ElapsedMinutes>6.00</ElapsedMinutes>"));
  EXPECT_THAT(xml, HasSubstr("<Test>./digits_train_fp32</Test>\n      <Test>./second</Test>"));
}

}  // namespace
}  // namespace assay
