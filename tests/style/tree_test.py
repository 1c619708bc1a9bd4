#!/usr/bin/env python3
"""The tree keeps its rules (tree_rules.py), and every rule is seen to fail where one breaks it."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # the sources stay as they are
import tree_rules

# This very file lies in the tree, also where Bazel runs a link to it.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


def header(path, body=''):
    guard = 'LOCKSTEP_%s_' % path.replace('/', '_').replace('.', '_').upper()
    return '#ifndef %s\n#define %s\n%s#endif  // %s\n' % (guard, guard, body, guard)


def build(*rules):
    return 'package(default_visibility = ["//visibility:private"])\n' + ''.join(rules)


def library(name, deps=(), kind='cc_library', more=''):
    return '%s(\n    name = "%s",\n    srcs = ["%s.cc"],\n    hdrs = ["%s.h"],\n    deps = [%s],%s\n)\n' % (
        kind, name, name, name, ', '.join('"%s"' % dep for dep in deps), more)


TEST_RULE = 'cc_test(\n    name = "%s_test",\n    size = "small",\n    srcs = ["%s_test.cc"],\n)\n'

# A small tree that keeps every rule.
CLEAN = {
    'core/base/clock.h': header('core/base/clock.h', 'namespace lockstep {\nvoid F();\n}  // namespace lockstep\n'),
    'core/base/clock.cc': '#include "core/base/clock.h"\n\nvoid F() {\n  int x = 1;\n}\n',
    'core/base/BUILD': build(library('clock')),
    'core/ops/ops.h': header('core/ops/ops.h', '#include "core/base/clock.h"\n'),
    'core/ops/ops.cc': '#include "core/ops/ops.h"\n',
    'core/ops/BUILD': build(library('ops', ['//core/base:clock'])),
    'tests/core/base/clock_test.cc': 'int main() {}\n',
    'tests/core/base/BUILD': build(TEST_RULE % ('clock', 'clock')),
    'tests/core/ops/ops_test.cc': 'int main() {}\n',
    'tests/core/ops/BUILD': build(TEST_RULE % ('ops', 'ops')),
    'tools/go.sh': '#!/bin/sh\necho go\n',
    'README.md': 'Read me.\n',
}

LONG_BODY = 'void F() {\n' + '  int x = 1;\n' * 50 + '}\n'
LONG_CALL = 'int F(int a,\n      int b) {\n' + '  a += b;\n' * 49 + '  return a;\n}\n'

# (rule, path, its text): each breaks the rule where CLEAN does not.
BROKEN = (
    ('includes_point_down', 'core/base/clock.cc', '#include "core/ops/ops.h"\n'),
    ('includes_point_down', 'core/ops/ops.cc', '#include "distributed/train/trainer.h"\n'),
    ('includes_point_down', 'core/ops/ops.cc', '#include "tools/command.h"\n'),
    ('includes_point_down', 'core/data/formats/csv.cc', '#include "core/data/batch.h"\n'),
    ('includes_point_down', 'distributed/comm/rank_sum.cc', '#include "core/nn/graph.h"\n'),
    ('includes_point_down', 'distributed/train/trainer.cc', '#include "tests/testing/command.h"\n'),
    ('includes_are_in_deps', 'core/ops/BUILD', build(library('ops'))),
    ('sources_are_in_build', 'core/base/file.cc', 'int x;\n'),
    ('files_keep_their_size', 'core/base/clock.h', CLEAN['core/base/clock.h'] + '// x\n' * 196),
    ('files_keep_their_size', 'core/base/clock.cc', '// x\n' * 401),
    ('files_keep_their_size', 'tools/go.py', '# x\n' * 401),
    ('files_keep_their_size', 'tools/go.sh', '# x\n' * 201),
    ('functions_keep_their_size', 'core/base/clock.cc', LONG_BODY),
    ('functions_keep_their_size', 'core/base/clock.cc', 'namespace a {\n\n' + LONG_CALL + '}\n'),
    ('functions_keep_their_size', 'core/base/clock.h',
     header('core/base/clock.h', 'class C {\n  void F() const {\n' + '    G();\n' * 50 + '  }\n};\n')),
    ('functions_keep_their_size', 'tools/go.py', 'def go():\n' + '    pass\n' * 50),
    ('functions_keep_their_size', 'tools/go.sh', 'go() {\n' + '  true\n' * 50 + '}\n'),
    ('sources_have_mirrored_tests', 'core/base/file.cc', 'int x;\n'),
    ('exceptions_are_needed', 'tests/core/ops/reference_loss_test.cc', 'int main() {}\n'),
    ('exceptions_are_needed', 'WORKSPACE', 'workspace(name = "lockstep")\n'),
    ('nothing_is_left_to_do', 'core/base/clock.cc', '// TO' 'DO: later\n'),
    ('nothing_is_left_to_do', 'README.md', 'FIX' 'ME\n'),
    ('no_part_is_optional_by_ifdef', 'core/base/clock.cc', '#ifdef HAVE_MPI\n#endif\n'),
    ('no_part_is_optional_by_ifdef', 'core/base/clock.cc', '#if USE_CUDA\n#endif\n'),
    ('builds_have_no_copts', 'core/base/BUILD', build(library('clock', more='\n    copts = ["-O3"],'))),
    ('builds_have_no_glob', 'core/base/BUILD', build('cc_library(name = "x", srcs = glob(["*.cc"]))\n')),
    ('packages_are_private', 'core/base/BUILD', 'package(default_visibility = ["//visibility:public"])\n'),
    ('packages_are_private', 'core/base/BUILD', library('clock')),
    ('packages_are_private', 'core/base/BUILD',
     build(library('clock', more='\n    visibility = ["//visibility:public"],'))),
    ('tests_have_a_size', 'tests/core/base/BUILD',
     build('cc_test(\n    name = "clock_test",\n    srcs = ["clock_test.cc"],\n)\n')),
    ('lines_are_clean', 'core/base/clock.cc', 'int\tx;\n'),
    ('lines_are_clean', 'core/base/BUILD', build(library('clock')) + '# x \n'),
    ('lines_are_clean', 'README.md', 'No newline'),
    ('lines_keep_100_columns', 'core/base/clock.cc', '// ' + 'x' * 98 + '\n'),
    ('no_path_of_a_machine', 'tools/go.sh', 'cd /ro' 'ot/lockstep\n'),
    ('no_path_of_a_machine', 'core/base/clock.cc', 'const char* p = "/wo' 'rk/x";\n'),
    ('no_path_of_a_machine', 'README.md', 'See /ho' 'me/me/x.\n'),
    ('headers_are_guarded', 'core/base/clock.h', '#pragma once\n'),
)


def tree_of(folder, files):
    for path, text in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'w', encoding='utf-8') as file:
            file.write(text)
    return tree_rules.Tree(folder)


class TreeRules(unittest.TestCase):
    def violations(self, rule, files):
        with tempfile.TemporaryDirectory() as folder:
            return list(rule(tree_of(folder, files)))

    def test_a_clean_tree_breaks_no_rule(self):
        for rule in tree_rules.RULES:
            with self.subTest(rule=rule.__name__):
                self.assertEqual(self.violations(rule, CLEAN), [])

    def test_each_rule_fails_where_it_is_broken(self):
        for name, path, text in BROKEN:
            with self.subTest(rule=name, path=path):
                found = self.violations(getattr(tree_rules, name), {**CLEAN, path: text})
                self.assertNotEqual(found, [], text[:200])

    def test_each_rule_is_broken_somewhere(self):
        self.assertEqual({rule.__name__ for rule in tree_rules.RULES}, {name for name, _, _ in BROKEN})


class Tree(unittest.TestCase):
    pass


def add_rule_test(rule):
    def test(self):
        found = list(rule(tree_rules.Tree(ROOT)))
        self.assertEqual(found, [], '\n' + '\n'.join(found))
    setattr(Tree, 'test_' + rule.__name__, test)


for each in tree_rules.RULES:
    add_rule_test(each)


if __name__ == '__main__':
    if not os.path.exists(os.path.join(ROOT, 'WORKSPACE')):
        sys.exit('tree_test: %s is not the root of the repository' % ROOT)
    unittest.main()
