import scala.math._
import scala.collection.mutable._
object Practice {
    case class Pair(key: String, value: Long)
    def count(words : List[String], least : Long) : Map[String, Long] = {
        val counts = Map[String, Long]()
        for (word <- words if word.length >= least) {
            counts(word) = counts.getOrElse(word, 0L) + 1
        }
        var i = 0
        val text = new StringBuilder()
        while (i < 10) { text.append(i.toString + ", "); i += 1 }
        val pairs = counts.toList.map { case (key, value) => Pair(key, value) }.filter(_.value > 0).sortBy(_.key)
        pairs.size match {
            case 0 => Map[String, Long]()
            case n if n > 100 => counts.take(100)
            case _ => counts
        }
    }
    def main(args: Array[String]) = {
    assert(count((List[String]("a", "b", "a")), (1l)).equals((Map[String,Long]("a" -> 2l, "b" -> 1l))));
    assert(count((List[String]()), (1l)).equals((Map[String,Long]())));
    println(f"${1}%d ${2.0f}%.2f ${Some(3L).map(_ + 1)}%s");
    }
}
