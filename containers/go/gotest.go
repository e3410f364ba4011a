// Gotest does what "go test FILE" does with a file of tests that needs nothing but the standard library.
//
// Usage: gotest FILE SUPPORT, with SUPPORT the text of a second file of the same package, without its package clause.
//
// The go command spends most of its time on finding out that the standard library is up to date. This runs
// the same tools with the same flags (see "go test -x"): compile, vet, the generated main, link, the test. A
// file with anything unusual in it (benchmarks, examples, directives, cgo, tests of a strange type) is left to
// the go command itself.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	fast    = "/opt/codeeval/fast"
	support = "codeeval_done_test.go"
	path    = "command-line-arguments"
)

// packages is what "go vet" tells its tool about the standard library.
type packages struct {
	PackageFile map[string]string
	PackageVetx map[string]string
}

// vetConfig is what the vet tool reads, see cmd/go/internal/work.vetConfig.
type vetConfig struct {
	ID, Compiler, Dir, ImportPath       string
	GoFiles                             []string
	ImportMap, PackageFile, PackageVetx map[string]string
	Standard                            map[string]bool
	VetxOnly                            bool
	VetxOutput, GoVersion               string
	SucceedOnTypecheckFailure           bool
}

func main() {
	file := os.Args[1]
	source, err := os.ReadFile(file)
	must(err)
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution)
	name := ""
	if parsed != nil && parsed.Name != nil {
		name = parsed.Name.Name
	}
	text, textErr := os.ReadFile(os.Args[2])
	must(textErr)
	must(os.WriteFile(support, append([]byte("package "+name+"\n"), text...), 0o600))
	var known packages
	read, err2 := os.ReadFile(fast + "/packages.json")
	must(err2)
	must(json.Unmarshal(read, &known))
	var tests []string
	usual := err == nil && strings.HasSuffix(name, "_test") && !bytes.Contains(source, []byte("//go:")) &&
		!bytes.Contains(source, []byte("//line ")) && !bytes.Contains(source, []byte("/*line ")) &&
		!bytes.Contains(source, []byte("+build"))
	if usual {
		tests, usual = testsOf(parsed)
	}
	imports := map[string]bool{"os": true}
	if usual {
		for _, spec := range parsed.Imports {
			wanted, err := strconv.Unquote(spec.Path.Value)
			if _, found := known.PackageFile[wanted]; err != nil || (!found && wanted != "unsafe") || wanted == "embed" {
				usual = false
			}
			imports[wanted] = true
		}
	}
	if !usual {
		leave(file)
	}
	work, err := os.MkdirTemp("", "gotest")
	must(err)
	os.Exit(test(file, work, tests, imports, known))
}

// leave lets the go command do it all.
func leave(file string) {
	goCommand, err := exec.LookPath("go")
	must(err)
	must(syscall.Exec(goCommand, []string{"go", "test", file, support}, os.Environ()))
}

// testsOf returns the names of a file's tests, and whether the file has nothing else that the go command looks for.
func testsOf(file *ast.File) ([]string, bool) {
	var tests []string
	for _, declared := range file.Decls {
		function, ok := declared.(*ast.FuncDecl)
		if !ok || function.Recv != nil {
			continue
		}
		name := function.Name.Name
		if isTest(name, "Benchmark") || isTest(name, "Fuzz") || isTest(name, "Example") || name == "TestMain" {
			return nil, false
		}
		if !isTest(name, "Test") {
			continue
		}
		if !takesT(function) {
			return nil, false
		}
		tests = append(tests, name)
	}
	return tests, len(tests) > 0
}

// isTest is the go command's, see cmd/go/internal/load.isTest.
func isTest(name, prefix string) bool {
	rest, found := strings.CutPrefix(name, prefix)
	first, _ := utf8.DecodeRuneInString(rest)
	return found && (rest == "" || !unicode.IsLower(first))
}

// takesT tells whether a function has the one parameter t *testing.T and nothing more.
func takesT(function *ast.FuncDecl) bool {
	kind := function.Type
	if kind.TypeParams != nil || kind.Results != nil || kind.Params == nil || len(kind.Params.List) != 1 {
		return false
	}
	pointer, ok := kind.Params.List[0].Type.(*ast.StarExpr)
	if !ok || len(kind.Params.List[0].Names) != 1 {
		return false
	}
	selected, ok := pointer.X.(*ast.SelectorExpr)
	if !ok || selected.Sel.Name != "T" {
		return false
	}
	module, ok := selected.X.(*ast.Ident)
	return ok && module.Name == "testing"
}

// test compiles, vets, links and runs, and returns the exit status.
func test(file, work string, tests []string, imports map[string]bool, known packages) int {
	vet, words := startVet(file, work, imports, known)
	common := []string{"-lang=" + language(), "-complete", "-goversion", runtime.Version(), "-c=2", "-nolocalimports", "-pack"}
	library := filepath.Join(work, "test.a")
	compiled := tool("compile", append(append([]string{"-o", library, "-p", path + "_test", "-importcfg", fast + "/importcfg"},
		common...), "./"+file, "./"+support)...)
	if compiled != "" {
		_ = vet.Process.Kill()
		return notBuilt(compiled)
	}
	config, err := os.ReadFile(fast + "/importcfg")
	must(err)
	config = append(config, "packagefile "+path+"_test="+library+"\n"...)
	must(os.WriteFile(work+"/importcfg", config, 0o600))
	must(os.WriteFile(work+"/_testmain.go", []byte(testMain(tests)), 0o600))
	mainLibrary, program := filepath.Join(work, "main.a"), filepath.Join(work, "program.test")
	for _, failed := range []string{
		tool("compile", append(append([]string{"-o", mainLibrary, "-p", "main", "-dwarf=false", "-importcfg",
			work + "/importcfg"}, common...), work+"/_testmain.go")...),
		tool("link", "-o", program, "-importcfg", work+"/importcfg", "-s", "-w", "-buildmode=exe",
			"-X", "testing.testBinary=1", mainLibrary),
	} {
		if failed != "" {
			return notBuilt(failed)
		}
	}
	if vet.Wait() != nil {
		return notBuilt(words.String())
	}
	return run(program)
}

func startVet(file, work string, imports map[string]bool, known packages) (*exec.Cmd, *bytes.Buffer) {
	here, err := os.Getwd()
	must(err)
	config := vetConfig{
		ID: path + "_test", Compiler: "gc", Dir: here, ImportPath: path + "_test",
		GoFiles:   []string{filepath.Join(here, file), filepath.Join(here, support)},
		ImportMap: map[string]string{}, PackageFile: map[string]string{}, PackageVetx: map[string]string{},
		Standard:   map[string]bool{},
		VetxOutput: filepath.Join(work, "vet.out"), GoVersion: runtime.Version(),
	}
	for name := range imports {
		config.ImportMap[name], config.Standard[name] = name, true
		if export, found := known.PackageFile[name]; found {
			config.PackageFile[name], config.PackageVetx[name] = export, known.PackageVetx[name]
		}
	}
	written, err := json.Marshal(config)
	must(err)
	must(os.WriteFile(work+"/vet.cfg", written, 0o600))
	words := &bytes.Buffer{}
	// the analyses that "go test" runs, see cmd/go/internal/test.defaultVetFlags
	vet := exec.Command(tools()+"/vet", "-atomic", "-bool", "-buildtags", "-directive", "-errorsas", "-ifaceassert",
		"-nilfunc", "-printf", "-slog", "-stringintconv", "-tests", work+"/vet.cfg")
	vet.Stdout, vet.Stderr = words, words
	must(vet.Start())
	return vet, words
}

// testMain is what cmd/go/internal/load.testmainTmpl makes of these tests.
func testMain(tests []string) string {
	var list strings.Builder
	for _, name := range tests {
		fmt.Fprintf(&list, "\t{%q, _xtest.%s},\n", name, name)
	}
	return `package main

import (
	"os"
	"testing"
	"testing/internal/testdeps"
	_xtest "` + path + `_test"
)

var tests = []testing.InternalTest{
` + list.String() + `}

func init() {
	testdeps.ImportPath = "` + path + `"
}

func main() {
	m := testing.MainStart(testdeps.TestDeps{}, tests, nil, nil, nil)
	os.Exit(m.Run())
}
`
}

// run runs the test as the go command does: what it printed is shown where it failed.
func run(program string) int {
	started := time.Now()
	words := &bytes.Buffer{}
	command := exec.Command(program, "-test.paniconexit0", "-test.timeout=10m0s")
	command.Stdout, command.Stderr = words, words
	err := command.Run()
	seconds := time.Since(started).Seconds()
	if err == nil {
		fmt.Printf("ok  \t%s\t%.3fs\n", path, seconds)
		return 0
	}
	os.Stdout.Write(words.Bytes())
	if ended, ok := err.(*exec.ExitError); !ok || !ended.Exited() {
		fmt.Println(err)
	}
	fmt.Printf("FAIL\t%s\t%.3fs\nFAIL\n", path, seconds)
	return 1
}

func notBuilt(words string) int {
	fmt.Fprintf(os.Stderr, "# %s_test\n%s", path, words)
	fmt.Printf("FAIL\t%s [build failed]\nFAIL\n", path)
	return 1
}

// tool runs one of Go's tools; returns what it said if it failed.
func tool(name string, arguments ...string) string {
	words, err := exec.Command(tools()+"/"+name, arguments...).CombinedOutput()
	if err == nil {
		return ""
	}
	return string(words) + err.Error() + "\n"
}

func tools() string {
	return runtime.GOROOT() + "/pkg/tool/" + runtime.GOOS + "_" + runtime.GOARCH
}

func language() string {
	parts := strings.SplitN(runtime.Version(), ".", 3)
	return parts[0] + "." + parts[1]
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(2)
	}
}
