import com.sun.tools.javac.file.JavacFileManager;
import com.sun.tools.javac.main.Main;
import com.sun.tools.javac.util.Context;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import javax.tools.JavaFileManager;

/**
 * The warm tool {@code javac}: containers/runner/warm_tools.py says what it is asked and what it answers.
 *
 * <p>Each program gets a compiler of its own, so nothing that one declares is known to the next; what stays is
 * the file manager, which knows where the platform's classes and the library's lie, and the compiled code of the
 * compiler itself. No annotation processor runs: none lies on the class path, so the plain command finds none either.
 */
public final class JavacServer implements Server.Compiler {
    private JavacFileManager files = fresh();

    public static void main(String[] arguments) throws Exception {
        Server.serve(new JavacServer(), ".java");
    }

    @Override
    public int compile(String[] arguments, StringWriter messages) throws Exception {
        Context context = new Context();
        context.put(JavaFileManager.class, files);
        switch (new Main("javac", new PrintWriter(messages, true)).compile(arguments, context)) {
            case OK:
                return 0;
            case ERROR:
                return 1;
            default: // out of memory or stack, or a failure of the compiler's own: the plain command decides
                files.close();
                files = fresh();
                return Server.CANNOT_SAY;
        }
    }

    private static JavacFileManager fresh() {
        return new JavacFileManager(new Context(), false, StandardCharsets.UTF_8);
    }
}
