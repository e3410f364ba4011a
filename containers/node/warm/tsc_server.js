// The warm tool `tsc`: containers/runner/warm_tools.py says what it is asked and what it answers.
//
// It does what `tsc OPTION... FILE` does: every error is reported, in tsc's words. What stays from one program to
// the next is the library's parsed declarations, as in an editor's language service; programs, checkers and all else
// are made anew. The library itself is not checked again for each program, unless the program may have changed what
// it means: by declaring a name that the library declares, by augmenting it, or by asking for other parts of it.
'use strict';

const fs = require('fs');
const path = require('path');
const ts = require('/usr/share/nodejs/typescript');

const SEPARATOR = '\x1f';
const CANNOT_SAY = -1;
const PRACTICE = '/opt/codeeval/warm/practice.ts';
const library = path.dirname(require.resolve('/usr/share/nodejs/typescript/lib/typescript.js'));
const parsed = new Map();

function hostFor(folder, options) {
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  host.getCurrentDirectory = () => folder;
  host.getDefaultLibLocation = () => library;
  host.getSourceFile = (name, languageVersion, ...rest) => {
    if (path.dirname(name) !== library) return read(name, languageVersion, ...rest);
    const key = `${name} ${JSON.stringify(languageVersion)}`;
    if (!parsed.has(key)) parsed.set(key, read(name, languageVersion, ...rest));
    return parsed.get(key);
  };
  const reader = ts.sys;
  const fromFolder = (name) => path.resolve(folder, name);
  host.fileExists = (name) => reader.fileExists(fromFolder(name));
  host.readFile = (name, encoding) => reader.readFile(fromFolder(name), encoding);
  host.directoryExists = (name) => reader.directoryExists(fromFolder(name));
  host.getDirectories = (name) => reader.getDirectories(fromFolder(name));
  host.realpath = (name) => reader.realpath(fromFolder(name));
  host.writeFile = (name, data, mark) => reader.writeFile(fromFolder(name), data, mark);
  return host;
}

// Whether the library means in this program what it means alone.
function leavesLibraryAlone(program, own) {
  const names = new Set();
  let parts = 0;
  for (const file of program.getSourceFiles()) {
    if (!program.isSourceFileDefaultLibrary(file)) continue;
    parts += 1;
    for (const name of file.locals?.keys() ?? []) names.add(name);
  }
  if (own.length !== 1 || parts !== usualParts) return false;
  const file = own[0];
  if (file.moduleAugmentations.length || file.ambientModuleNames.length || file.symbol?.globalExports) return false;
  if (file.libReferenceDirectives.length || file.hasNoDefaultLib) return false;
  if (!file.locals) return false;
  for (const name of file.locals.keys()) if (names.has(name)) return false;
  return true;
}

let usualParts = -1;

function compile(folder, argv) {
  const command = ts.parseCommandLine(argv);
  if (command.errors.length || command.fileNames.length !== 1) return { status: CANNOT_SAY, text: '' };
  const { options } = command;
  const host = hostFor(folder, options);
  const roots = command.fileNames.map((name) => path.resolve(folder, name));
  const program = ts.createProgram(roots, options, host);
  const own = program.getSourceFiles().filter((file) => !program.isSourceFileDefaultLibrary(file));
  program.getTypeChecker(); // it binds: only then are a file's names known
  const alone = leavesLibraryAlone(program, own);
  const found = [...program.getConfigFileParsingDiagnostics(), ...program.getSyntacticDiagnostics()];
  if (!found.length) {
    found.push(...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics());
    if (!found.length) {
      for (const file of alone ? own : program.getSourceFiles()) found.push(...program.getSemanticDiagnostics(file));
    }
  }
  const emitted = program.emit(alone ? own[0] : undefined); // without a file, it checks all of them
  found.push(...emitted.diagnostics);
  const all = ts.sortAndDeduplicateDiagnostics(found);
  const text = all.map((one) => ts.formatDiagnostic(one, host)).join('');
  if (usualParts < 0) usualParts = program.getSourceFiles().length - 1;
  if (!all.length) return { status: 0, text };
  return { status: emitted.emitSkipped ? 1 : 2, text };
}

function practise() {
  const write = ts.sys.writeFile;
  ts.sys.writeFile = () => {};
  compile('/', ['--target', 'esnext', PRACTICE]);
  compile('/', ['--target', 'esnext', PRACTICE]);
  ts.sys.writeFile = write;
}

function answer(line) {
  const [folder, , ...argv] = line.split(SEPARATOR);
  let done;
  try {
    done = compile(folder, argv);
  } catch {
    done = { status: CANNOT_SAY, text: '' };
  }
  const text = Buffer.from(done.text);
  say(Buffer.concat([Buffer.from(`${done.status} ${text.length} 0\n`), text]));
}

function say(bytes) {
  for (let sent = 0; sent < bytes.length; ) sent += fs.writeSync(1, bytes, sent);
}

function serve() {
  const chunk = Buffer.alloc(1 << 16);
  let pending = Buffer.alloc(0);
  for (;;) {
    const size = fs.readSync(0, chunk);
    if (!size) return;
    pending = Buffer.concat([pending, chunk.subarray(0, size)]);
    for (let end = pending.indexOf(10); end >= 0; end = pending.indexOf(10)) {
      const line = pending.subarray(0, end).toString();
      pending = pending.subarray(end + 1);
      answer(line);
    }
  }
}

practise();
say(Buffer.from('ready\n'));
serve();
