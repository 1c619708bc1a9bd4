#!/usr/bin/env python3
"""A package of tools/package.sh runs by itself, keeps its promises and harms no other folder."""

import os
import re
import subprocess
import tarfile
import tempfile
import unittest

GLIBC = re.compile(r'/(ld-linux-x86-64|lib(c|m|dl|rt|pthread|resolv|util))\.so\.\d+$')
MAX_BYTES = 60_000_000
NEWEST_GLIBC = (2, 36)


def run(command, **environment):
    """Runs with nothing in the environment but what is given."""
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def make_package(out):
    return run(['tools/package.sh', out, 'tools/lockstep'], PATH='/usr/bin:/bin', HOME='/')


def loaded_libraries(stderr):
    """Paths of what the loader initialised, of the output of LD_DEBUG=libs."""
    return set(re.findall(r'calling init: (/\S+)', stderr))


def files_below(folder):
    return [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.package = os.path.join(os.path.realpath(cls.scratch.name), 'lockstep')
        made = make_package(cls.package)
        if made.returncode != 0:
            raise AssertionError(made.stdout + made.stderr)
        cls.lockstep = os.path.join(cls.package, 'bin/lockstep')

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def train(self, name, lockstep=None, **environment):
        folder = os.path.join(self.scratch.name, name)
        result = run([lockstep or self.lockstep, 'train', self.package + '/examples/synthetic.textproto',
                      '--ranks', '2', '--run-dir', folder], **environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        return folder, result

    def test_trains_and_reports_with_nothing_in_the_environment(self):
        folder, trained = self.train('empty')
        self.assertIn('2 ranks (threads)', trained.stdout)
        reported = run([self.lockstep, 'report', folder])
        self.assertEqual(reported.returncode, 0, reported.stderr)
        self.assertTrue(os.path.isfile(folder + '/report.html'))

    def test_every_library_but_glibc_and_mpi_is_the_packages(self):
        _, trained = self.train('loads', LD_DEBUG='libs')
        loaded = loaded_libraries(trained.stderr)
        self.assertIn(self.package + '/lib/libdnnl.so.2', {os.path.normpath(path) for path in loaded})
        outside = {path for path in loaded
                   if not os.path.realpath(path).startswith(self.package + '/') and not GLIBC.search(path)}
        mpi = [path for path in outside if '/libmpi.so.' in path]
        needed = run(['/usr/bin/ldd', mpi[0]], PATH='/usr/bin:/bin').stdout if mpi else ''
        names = {os.path.basename(path) for path in outside} - {'libmpi.so.40'}
        self.assertEqual({name for name in names if name not in needed}, set())

    def test_every_library_finds_the_others_in_the_package(self):
        for library in files_below(self.package + '/lib'):
            needed = run(['/usr/bin/ldd', library], PATH='/usr/bin:/bin').stdout
            found = {os.path.realpath(path) for path in re.findall(r' => (.*) \(0x', needed) if not GLIBC.search(path)}
            outside = {path for path in found if not path.startswith(self.package + '/')}
            self.assertEqual(outside, set(), library)
            self.assertNotIn('not found', needed)

    def test_starts_by_its_own_copy_where_there_is_no_mpi(self):
        # Before the machine's folders, as if these had none.
        _, trained = self.train('no_mpi', LD_DEBUG='libs', LD_LIBRARY_PATH=self.package + '/lib/mpi')
        outside = {path for path in loaded_libraries(trained.stderr)
                   if not os.path.realpath(path).startswith(self.package + '/') and not GLIBC.search(path)}
        self.assertEqual(outside, set())

    def test_runs_from_any_folder(self):
        moved = os.path.join(self.scratch.name, 'another place')
        with tarfile.open(self.package + '.tar.gz') as archive:
            archive.extractall(moved)
        lockstep = moved + '/lockstep/bin/lockstep'
        _, trained = self.train('moved', lockstep, LD_DEBUG='libs')
        self.assertNotIn(self.package, trained.stderr.replace(self.package + '/examples', ''))

    def test_is_small(self):
        self.assertLess(sum(os.path.getsize(path) for path in files_below(self.package)), MAX_BYTES)

    def test_needs_no_newer_glibc_than_debian_12_has(self):
        programs = [path for part in ('bin', 'lib') for path in files_below(os.path.join(self.package, part))]
        self.assertGreater(len(programs), 10)
        symbols = run(['/usr/bin/objdump', '-T'] + programs).stdout
        versions = {tuple(map(int, text.split('.'))) for text in re.findall(r'GLIBC_([0-9.]+)', symbols)}
        self.assertIn((2, 2, 5), versions)
        self.assertEqual([version for version in versions if version > NEWEST_GLIBC], [])

    def test_brings_its_texts_and_the_licences_that_they_name(self):
        for path in ('README.txt', 'VERSION', 'clusters/dgx-a100.textproto', 'licences/libdnnl2',
                     'licences/libopenmpi3', 'licences/nlohmann-json3-dev'):
            self.assertGreater(os.path.getsize(os.path.join(self.package, path)), 20, path)
        with open(self.package + '/VERSION', encoding='utf-8') as file:
            self.assertRegex(file.read(), r'^lockstep \d+\.\d+\.\d+\ncommit \S')
        self.assertTrue(os.listdir(self.package + '/licences/common'))
        self.assertEqual([path for path in files_below(self.package) if path.endswith('/BUILD')], [])

    def test_another_folder_is_not_replaced(self):
        other = os.path.join(self.scratch.name, 'other')
        os.mkdir(other)
        with open(other + '/VERSION', 'w', encoding='utf-8') as file:
            file.write('letters 1.0\n')
        refused = make_package(other)
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(refused.stderr, 'package: %s is there and no package; name another folder\n' %
                         os.path.realpath(other))
        self.assertEqual(os.listdir(other), ['VERSION'])


if __name__ == '__main__':
    unittest.main()
