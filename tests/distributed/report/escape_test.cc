#include "distributed/report/escape.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(EscapeHtml, LeavesNoCharacterThatCouldOpenMarkupOrEndAnAttribute) {
  EXPECT_EQ(EscapeHtml("<script>alert('a' & \"b\")</script>"),
            "&lt;script&gt;alert(&#39;a&#39; &amp; &quot;b&quot;)&lt;/script&gt;");
}

TEST(EscapeHtml, KeepsOtherTextAsItIs) { EXPECT_EQ(EscapeHtml("größe 3.5"), "größe 3.5"); }

TEST(EscapeScriptJson, CannotEndTheElementOrOpenAComment) {
  EXPECT_EQ(EscapeScriptJson(R"({"a":"</script><!-- & "})"),
            R"({"a":"\u003c/script\u003e\u003c!-- \u0026 "})");
}

}  // namespace
}  // namespace lockstep
