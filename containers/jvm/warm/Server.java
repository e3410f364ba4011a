import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads requests, has a compiler do them, and answers: the protocol of containers/runner/warm_tools.py. */
final class Server {
    static final int CANNOT_SAY = -1;
    private static final String SEPARATOR = "\u001f";
    /** Compilations of the practice source before the first request, while a sandbox starts. */
    private static final int PRACTICE_ROUNDS = 3;
    private static final Path PRACTICE = Path.of("/opt/codeeval/warm/practice");

    interface Compiler {
        /** Compile, write what the plain command prints to standard error, and return its exit status. */
        int compile(String[] arguments, StringWriter messages) throws Exception;
    }

    private Server() {}

    static void serve(Compiler compiler, String suffix) throws IOException {
        PrintStream answers = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        practise(compiler, suffix);
        answer(answers, "ready\n");
        BufferedReader requests =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String[] fields = line.split(SEPARATOR, -1);
            StringWriter messages = new StringWriter();
            int status;
            try {
                status = compiler.compile(arguments(fields, suffix), messages);
            } catch (Throwable failure) { // whatever it is, the plain command meets it too, or does not
                status = CANNOT_SAY;
            }
            String text = messages.toString().replace(fields[0] + "/", "");
            int size = text.getBytes(StandardCharsets.UTF_8).length;
            answer(answers, status + " 0 " + size + "\n" + text);
        }
    }

    private static void answer(PrintStream answers, String text) throws IOException {
        answers.write(text.getBytes(StandardCharsets.UTF_8));
        answers.flush();
    }

    /** The tool's own arguments: paths are meant from the folder, which a JVM cannot enter. */
    private static String[] arguments(String[] fields, String suffix) {
        String[] arguments = new String[fields.length - 2];
        for (int i = 0; i < arguments.length; i++) {
            String given = fields[i + 2];
            boolean path = given.endsWith(suffix) || given.equals(".");
            arguments[i] = path ? Path.of(fields[0], given).normalize().toString() : given;
        }
        return arguments;
    }

    private static void practise(Compiler compiler, String suffix) {
        try {
            Path out = Files.createTempDirectory("practice");
            for (int round = 0; round < PRACTICE_ROUNDS; round++) {
                String[] arguments = {"-d", out.toString(), PRACTICE + suffix};
                compiler.compile(arguments, new StringWriter());
            }
            try (var made = Files.list(out)) {
                for (Path file : made.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(out);
        } catch (Exception failure) {
            // practice only
        }
    }
}
