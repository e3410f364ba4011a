import java.io.{BufferedReader, PrintWriter, StringReader, StringWriter}
import scala.tools.nsc.{CompilerCommand, Global, Settings}
import scala.tools.nsc.reporters.ConsoleReporter

/** The warm tool `scalac`: containers/runner/warm_tools.py says what it is asked and what it answers.
  *
  * Each program gets a compiler of its own, so nothing that one declares is known to the next; what stays warm is the
  * compiled code of the compiler.
  */
object ScalacServer {
  private object Compiler extends Server.Compiler {
    override def compile(arguments: Array[String], messages: StringWriter): Int = {
      val writer = new PrintWriter(messages, true)
      val settings = new Settings(writer.println(_))
      val command = new CompilerCommand(arguments.toList, settings)
      settings.classpath.value = settings.outputDirs.getSingleOutput.fold(".")(_.path)
      settings.bootclasspath.value = System.getProperty("codeeval.scala")
      val reporter = new ConsoleReporter(settings, new BufferedReader(new StringReader("")), writer)
      val global = new Global(settings, reporter)
      new global.Run().compile(command.files)
      reporter.printSummary()
      writer.flush()
      if (reporter.hasErrors) 1 else 0
    }
  }

  def main(arguments: Array[String]): Unit = Server.serve(Compiler, ".scala")
}
