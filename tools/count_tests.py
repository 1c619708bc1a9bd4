#!/usr/bin/env python3
"""Counts test cases in Bazel's event files and prints `N passed, N failed[, N skipped]` as the last line.

  count_tests.py [--outcomes FILE] EVENTS.json...

A case is one `testcase` of a target's test.xml. A target that failed without a failed case (a crash, a time-out, a
build error) counts as one failure. FILE holds further results, one `NAME: passed` or `NAME: failed` a line.
Exit status: 0 if something passed and nothing failed, else 1.
"""

import argparse
import json
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []

    def add_case(self, target, case):
        name = '%s %s.%s' % (target, case.get('classname', ''), case.get('name', ''))
        skip = case.find('skipped')
        if case.find('failure') is not None or case.find('error') is not None:
            self.failed.append(name)
        elif skip is not None or case.get('result') == 'skipped':
            message = (skip.get('message') or '') if skip is not None else ''
            # GoogleTest's message is the place, then the reason.
            self.skipped.append(' '.join([name] + message.split('\n')[1:]).strip())
        elif case.get('status') != 'notrun':
            self.passed += 1

    def add_target(self, target, succeeded, xml_paths):
        failed_before = len(self.failed)
        for path in xml_paths:
            try:
                cases = ElementTree.parse(path).getroot().iter('testcase')
            except (OSError, ElementTree.ParseError):
                continue
            for case in cases:
                self.add_case(target, case)
        if not succeeded and len(self.failed) == failed_before:
            self.failed.append(target)


def read_events(path):
    """Returns {target: (succeeded, test.xml paths)} of one event file."""
    targets = {}
    with open(path, encoding='utf-8') as events:
        for line in events:
            event = json.loads(line)
            identity = event.get('id', {})
            if 'testResult' in event:
                target = identity['testResult']['label']
                succeeded = event['testResult'].get('status') == 'PASSED'
                uris = [output.get('uri', '') for output in event['testResult'].get('testActionOutput', [])
                        if output.get('name') == 'test.xml']
                paths = [urllib.parse.unquote(urllib.parse.urlparse(uri).path) for uri in uris]
                before = targets.get(target, (True, []))
                targets[target] = (before[0] and succeeded, before[1] + paths)
            elif 'testSummary' in event:
                target = identity['testSummary']['label']
                if event['testSummary'].get('overallStatus') not in ('PASSED', 'FLAKY'):
                    targets[target] = (False, targets.get(target, (True, []))[1])
    return targets


def read_outcomes(path, tally):
    with open(path, encoding='utf-8') as outcomes:
        for line in outcomes:
            name, _, outcome = line.strip().rpartition(': ')
            if outcome == 'passed':
                tally.passed += 1
            else:
                tally.failed.append(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--outcomes')
    parser.add_argument('events', nargs='*')
    arguments = parser.parse_args()
    tally = Tally()
    for path in arguments.events:
        for target, (succeeded, xml_paths) in sorted(read_events(path).items()):
            tally.add_target(target, succeeded, xml_paths)
    if arguments.outcomes:
        read_outcomes(arguments.outcomes, tally)
    for name in tally.skipped:
        print('skipped: ' + name)
    for name in tally.failed:
        print('failed: ' + name)
    line = '%d passed, %d failed' % (tally.passed, len(tally.failed))
    print(line + (', %d skipped' % len(tally.skipped) if tally.skipped else ''))
    return 0 if tally.passed > 0 and not tally.failed else 1


if __name__ == '__main__':
    sys.exit(main())
