"""How the tree is kept: order of folders, sizes, mirrored tests, BUILD files.

Every rule is a function of a Tree that yields one line per violation: `path:line: what is wrong`.
"""

import ast
import os
import re
import subprocess

# Folders in the order of dependence: a file includes only what lies in folders before its own.
LAYERS = (
    'proto',
    'core/base', 'core/device', 'core/params', 'core/ops',
    'core/nn/zoo',  # writes configs and knows no layer
    'core/config',
    'core/data/formats', 'core/data',
    'core/nn', 'core/optim', 'core/io',
    'distributed/comm', 'distributed/train', 'distributed/scaling', 'distributed/report',
    'tools',
    'benchmarks', 'tests',
)
# distributed/comm sees only these: it knows no graph and no optimizer.
COMM_MAY_SEE = ('core/base', 'core/device', 'distributed/comm')
# A folder's nested part may include the folder's own headers and the other way round.
ONE_WITH = {'core/nn/layers': 'core/nn', 'core/ops/kernels': 'core/ops'}

SOURCE_LINES = {'.h': 200, '.cc': 400, '.cu': 400, '.py': 400, '.sh': 200, '.js': 400, '.proto': 400}
FUNCTION_LINES = 50
CODE = ('.h', '.cc', '.cu', '.py', '.sh', '.bzl', '.js', '.proto', '.textproto', '.css')

# Sources without a test of their own name, and what holds them instead.
NO_MIRROR = {
    'core/ops/reference_update.cc': 'part of the oracle, which the table of tests/core/ops compares with',
    'core/ops/reference_loss.cc': 'part of the oracle',
    'core/ops/cpu_batch_norm.cc': 'rows of the table that cpu_ops_test runs',
    'core/ops/cpu_batch_norm_kernels.cc': 'rows of the table that cpu_ops_test runs',
    'core/ops/cpu_lrn_kernels.cc': 'rows of the table that cpu_ops_test runs',
    'core/ops/cpu_pool.cc': 'rows of the table that cpu_ops_test runs',
    'core/ops/cpu_pool_kernels.cc': 'rows of the table that cpu_ops_test runs',
    'core/ops/reference_batch_norm.cc': 'part of the oracle; gradients_test holds it to double_image_layers',
    'core/ops/reference_lrn.cc': 'part of the oracle; gradients_test holds it to double_image_layers',
    'core/ops/reference_pool.cc': 'part of the oracle; gradients_test holds it to double_image_layers',
    'core/ops/cpu_conv_gradients.cc': 'tested through cpu_conv, its only user',
    'core/ops/cpu_conv_kernels.cc': 'rows of the table that cpu_ops_test runs',
    'core/ops/cpu_conv_onednn.cc': 'tested through cpu_conv, its only user',
    'core/ops/cpu_conv_primitive.cc': 'tested through cpu_conv',
    'core/ops/cpu_conv_parts.cc': 'large pictures of the table that cpu_ops_test runs',
    'core/ops/cpu_element_kernels.cc': 'each is a row of the table that cpu_ops_test runs',
    'core/nn/zoo/alexnet.cc': 'zoo_test compares each network with published counts',
    'core/nn/zoo/googlenet.cc': 'zoo_test',
    'core/nn/zoo/inception_v3.cc': 'zoo_test',
    'core/nn/zoo/resnet.cc': 'zoo_test',
    'core/nn/zoo/vgg.cc': 'zoo_test',
    'core/nn/layers/folded_conv2d.cc': 'fuse_layers_test compares it with the layers it stands for',
    'distributed/comm/local_group.cc': 'tested through local_communicator, its only user',
    'distributed/comm/mpi_all_reduce.cc': 'tested through mpi_communicator, its only user',
    'distributed/comm/mpi_all_reduce_queue.cc': 'tested through mpi_communicator, its only user',
    'distributed/comm/mpi_roll_call.cc': 'tested through mpi_communicator, its only user',
    'distributed/comm/peer_lost.cc': 'its messages are in the tests of both communicators',
    'distributed/comm/no_mpi.cc': 'what is built where there is no MPI',
    'distributed/comm/nccl_link.cc': 'tested through nccl_rank, its only user',
    'core/device/add_in_order.cu': 'cuda_device_test runs it where there is a GPU, additions_test its element function',
    'core/device/no_cuda_device.cc': 'cuda_device_test calls what is built, with a toolkit and without',
    'core/device/cuda_gpu.cc': 'gpu_test calls what is built, with a toolkit and without',
    'core/device/no_cuda_gpu.cc': 'gpu_test',
    'core/ops/cuda/cuda_math_libraries.cc': 'hands on to cublas_product and cudnn_convolution; needs a GPU',
    'core/ops/cuda/device_memory.cc': 'needs a GPU; cuda_conformance_test uses it where there is one',
    'core/ops/cuda/library_status.cc': 'cublas_product_test sees how it ends the program',
    'core/ops/cuda/no_cuda_ops.cc': 'cuda_ops_test calls what is built',
    'core/ops/cuda/stream_ops.cu': 'kernel_ops_test runs its kernels on the host, cuda_conformance_test on a GPU',
}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


class Tree:
    """The files below `root`: those that git knows or would add; all files where there is no git."""

    def __init__(self, root):
        self.root = root
        try:
            listed = subprocess.run(
                ['git', '-c', 'safe.directory=*', '-C', root, 'ls-files', '-z', '--cached', '--others',
                 '--exclude-standard'], check=True, capture_output=True, text=True).stdout
            paths = [path for path in listed.split('\0') if path]
        except (OSError, subprocess.CalledProcessError):
            paths = [os.path.relpath(os.path.join(folder, name), root)
                     for folder, _, names in os.walk(root) for name in names]
        self.paths = sorted(path for path in paths if os.path.isfile(os.path.join(root, path)))

    def text(self, path):
        with open(os.path.join(self.root, path), encoding='utf-8', errors='replace') as file:
            return file.read()

    def has(self, path):
        return path in self.paths

    def with_ending(self, *endings):
        return [path for path in self.paths if path.endswith(endings)]

    def build_files(self):
        return [path for path in self.paths if os.path.basename(path) == 'BUILD']


def matches(tree, paths, pattern, what):
    """Yields `what` for each line of `paths` in which `pattern` is found."""
    for path in paths:
        for number, line in enumerate(tree.text(path).split('\n'), 1):
            if re.search(pattern, line):
                yield '%s:%d: %s: %s' % (path, number, what, line.strip()[:80])


def layer_of(path):
    """The longest of LAYERS that holds `path`, or None."""
    folder = os.path.dirname(path)
    for part, whole in ONE_WITH.items():
        if folder.startswith(part):
            return whole
    holding = [layer for layer in LAYERS if (folder + '/').startswith(layer + '/')]
    return max(holding, key=len) if holding else None


def includes_point_down(tree):
    for path in tree.with_ending('.h', '.cc', '.cu'):
        own = layer_of(path)
        if own is None:
            continue
        for included in INCLUDE.findall(tree.text(path)):
            other = layer_of(included)
            if other is None or other == own:
                continue
            up = LAYERS.index(other) > LAYERS.index(own)
            if own == 'distributed/comm' and other not in COMM_MAY_SEE:
                up = True
            if up:
                yield '%s: includes %s, which is above it' % (path, included)


class Rule:
    """A rule of a BUILD file: kind, name and the lists of strings among its arguments."""

    def __init__(self, package, call, constants):
        self.package = package
        self.kind = getattr(call.func, 'id', '')
        self.values = {}
        for argument in call.keywords:
            self.values[argument.arg] = strings_of(argument.value, constants)
        self.name = (self.values.get('name') or [''])[0]

    def files(self, *names):
        return ['%s/%s' % (self.package, value.lstrip(':'))
                for name in names for value in self.values.get(name, [])
                if not value.startswith(('//', '@'))]

    def label(self, value):
        if value.startswith(':'):
            return '//%s:%s' % (self.package, value[1:])
        if value.startswith('//') and ':' not in value:
            return '%s:%s' % (value, value.rsplit('/', 1)[-1])
        return value


def strings_of(value, constants):
    """All strings of an expression: lists, sums, select() and the file's own constants."""
    if isinstance(value, ast.Name):
        return constants.get(value.id, [])
    if isinstance(value, ast.Constant):
        return [value.value] if isinstance(value.value, str) else []
    if isinstance(value, ast.Dict):
        return [text for child in value.values for text in strings_of(child, constants)]
    return [text for child in ast.iter_child_nodes(value) for text in strings_of(child, constants)]


def rules_of(tree):
    """Yields every Rule of every BUILD file outside third_party; Starlark reads as Python here."""
    for path in tree.build_files():
        package = os.path.dirname(path)
        if package.startswith('third_party'):
            continue
        constants = {}
        for statement in ast.parse(tree.text(path)).body:
            if isinstance(statement, ast.Assign):
                constants[statement.targets[0].id] = strings_of(statement.value, constants)
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                yield Rule(package, statement.value, constants)


def headers_by_file(rules):
    """{header path: label of the library that has it}."""
    owners = {}
    for rule in rules:
        label = '//%s:%s' % (rule.package, rule.name)
        for path in rule.files('hdrs'):
            owners[path] = label
        if rule.kind == 'cc_proto':
            for path in rule.files('src'):
                owners[path.replace('.proto', '.pb.h')] = label
    return owners


def includes_are_in_deps(tree):
    rules = list(rules_of(tree))
    owners = headers_by_file(rules)
    for rule in rules:
        own = rule.files('srcs', 'hdrs', 'textual_hdrs')
        deps = {rule.label(dep) for dep in rule.values.get('deps', [])}
        deps.add('//%s:%s' % (rule.package, rule.name))
        for path in own:
            if not path.endswith(('.h', '.cc', '.cu')) or not tree.has(path):
                continue
            for included in INCLUDE.findall(tree.text(path)):
                owner = owners.get(included)
                if owner is not None and included not in own and owner not in deps:
                    yield '%s: includes %s, but %s is not in the deps of %s' % (
                        path, included, owner, rule.name)


def sources_are_in_build(tree):
    known = set()
    for rule in rules_of(tree):
        known.update(rule.files('srcs', 'hdrs', 'textual_hdrs', 'data', 'src'))
    for path in tree.with_ending('.h', '.cc', '.cu', '.proto'):
        if layer_of(path) is not None and path not in known:
            yield '%s: is in no BUILD rule' % path


def files_keep_their_size(tree):
    for path in tree.paths:
        limit = SOURCE_LINES.get(os.path.splitext(path)[1])
        lines = tree.text(path).count('\n') if limit else 0
        if limit and lines > limit and not path.startswith('third_party/'):
            yield '%s: %d lines, at most %d' % (path, lines, limit)


def functions_keep_their_size(tree):
    for path in tree.with_ending('.h', '.cc', '.cu', '.py', '.sh', '.js'):
        for name, line, length in functions_of(path, tree.text(path)):
            if length > FUNCTION_LINES:
                yield '%s:%d: %s has %d lines, at most %d' % (path, line, name, length, FUNCTION_LINES)


def functions_of(path, text):
    """Yields (name, first line, lines) of the functions of a file, by indentation or by syntax."""
    if path.endswith('.py'):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                yield node.name, node.lineno, node.end_lineno - node.lineno + 1
        return
    # A function's body begins with a line that ends in '{' after a ')' and ends with the first '}' of
    # the indentation that its first line has.
    lines = text.split('\n')
    skipped_until = 0
    for number, line in enumerate(lines):
        head = re.match(r'( {0,4})[A-Za-z_~\[][^;{}]*$|( {0,4})[A-Za-z_~\[].*\{$', line)
        if number < skipped_until or not head or re.match(r'\s*(namespace|class|struct|enum|union|extern|if|for|'
                                                          r'while|switch|else|do|return|case|public|private)\b', line):
            continue
        opened = next((n for n in range(number, min(number + 8, len(lines)))
                       if re.search(r'\{$', lines[n]) or re.search(r'[;}]', lines[n])), None)
        if opened is None or not lines[opened].endswith('{') or '(' not in ''.join(lines[number:opened + 1]):
            continue
        indent = len(line) - len(line.lstrip())
        closing = re.compile(r'^ {%d}\}' % indent)
        end = next((n for n in range(opened + 1, len(lines)) if closing.match(lines[n])), opened)
        yield line.strip()[:60], number + 1, end - number + 1
        skipped_until = end


def sources_have_mirrored_tests(tree):
    for path in tree.with_ending('.cc', '.cu'):
        if not path.startswith(('core/', 'distributed/')) or path in NO_MIRROR:
            continue
        test = 'tests/%s_test.cc' % os.path.splitext(path)[0]
        if not tree.has(test):
            yield '%s: has no %s' % (path, test)


def exceptions_are_needed(tree):
    for path in NO_MIRROR:
        if tree.has('WORKSPACE') and not tree.has(path):
            yield '%s: listed in NO_MIRROR, but there is no such file' % path
        elif tree.has('tests/%s_test.cc' % os.path.splitext(path)[0]):
            yield '%s: listed in NO_MIRROR, but has its test' % path


def nothing_is_left_to_do(tree):
    paths = [path for path in tree.paths if path.endswith(CODE + ('.md', 'BUILD', 'WORKSPACE'))]
    return matches(tree, paths, r'\b(TO' r'DO|FIX' r'ME|X' r'XX)\b', 'unfinished')


def no_part_is_optional_by_ifdef(tree):
    paths = tree.with_ending('.h', '.cc', '.cu')
    for found in matches(tree, paths, r'^\s*#\s*(if|ifdef|ifndef|elif)\b', 'a choice by the preprocessor'):
        if not re.search(r'#\s*ifndef LOCKSTEP_\w+_H_$|HWY_|__x86_64__|__SANITIZE|__has_feature|ifdef __CUDACC__$', found):
            yield found


def builds_have_no_copts(tree):
    return matches(tree, tree.build_files(), r'\bcopts\s*=', 'belongs into .bazelrc')


def builds_have_no_glob(tree):
    return matches(tree, tree.build_files(), r'\bglob\s*\(', 'name the files')


def packages_are_private(tree):
    for path in tree.build_files():
        own = path.startswith(('core/', 'distributed/', 'tools/', 'proto/'))
        text = tree.text(path)
        default = re.search(r'default_visibility\s*=\s*\[([^\]]*)\]', text)
        if own and (default is None or default.group(1).strip(' ",') != '//visibility:private'):
            yield '%s: the default visibility must be private' % path
        if path.startswith(('core/', 'distributed/')) and '//visibility:public' in text:
            yield '%s: public visibility; name who may use it' % path


def tests_have_a_size(tree):
    for rule in rules_of(tree):
        if rule.kind.endswith('_test') and 'size' not in rule.values:
            yield '%s/BUILD: test %s has no size' % (rule.package, rule.name)


def lines_are_clean(tree):
    paths = [path for path in tree.paths if path.endswith(CODE + ('.md', 'BUILD', 'WORKSPACE'))]
    yield from matches(tree, paths, '\t', 'a tab')
    yield from matches(tree, paths, r'[ \r]+$', 'blanks at the end')
    for path in paths:
        text = tree.text(path)
        if text and (not text.endswith('\n') or text.endswith('\n\n')):
            yield '%s: must end with one newline' % path


def lines_keep_100_columns(tree):
    for path in tree.with_ending('.h', '.cc', '.cu'):
        for number, line in enumerate(tree.text(path).split('\n'), 1):
            if len(line) > 100 and '"' not in line:
                yield '%s:%d: %d columns, at most 100' % (path, number, len(line))


def no_path_of_a_machine(tree):
    paths = [path for path in tree.paths if path.endswith(CODE + ('.md', 'BUILD', 'WORKSPACE', '.bazelrc'))]
    return matches(tree, paths, r'(^|[\s=(:`\']|(?<!\+ )")/(wo' r'rk|ro' r'ot|ho' r'me|Us' r'ers)/', 'a path of one machine')


def headers_are_guarded(tree):
    for path in tree.with_ending('.h'):
        name = 'LOCKSTEP_%s_' % re.sub(r'[/.]', '_', path).upper()
        if '#ifndef %s\n#define %s\n' % (name, name) not in tree.text(path) and layer_of(path):
            yield '%s: its guard must be %s' % (path, name)


RULES = (
    includes_point_down, includes_are_in_deps, sources_are_in_build, files_keep_their_size,
    functions_keep_their_size, sources_have_mirrored_tests, exceptions_are_needed, nothing_is_left_to_do,
    no_part_is_optional_by_ifdef, builds_have_no_copts, builds_have_no_glob, packages_are_private,
    tests_have_a_size, lines_are_clean, lines_keep_100_columns, no_path_of_a_machine, headers_are_guarded,
)
