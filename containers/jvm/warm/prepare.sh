# Compiles the warm tools and makes an archive of loaded classes for each way in which a JVM is started here.
set -eu
cd /opt/codeeval/warm
home=$(dirname "$(dirname "$(readlink -f /usr/bin/java)")")
scala=$(ls /usr/share/scala/lib/*.jar | tr '\n' ':' | sed 's/:$//')
tuples=/usr/share/java/javatuples.jar
clojure=/usr/share/java/clojure.jar:/usr/share/java/spec.alpha.jar:/usr/share/java/core.specs.alpha.jar
exports=""
for package in file main util; do
    exports="$exports --add-exports jdk.compiler/com.sun.tools.javac.$package=ALL-UNNAMED"
done

mkdir classes practised
javac $exports -d classes Server.java JavacServer.java
scalac -classpath classes -d classes ScalacServer.scala
(cd classes && jar --create --file ../server.jar .)
rm -r classes

# archive NAME CLASSPATH OPTION... -- ARGUMENT...: practise, note which classes are loaded, archive them
archive() {
    name=$1 path=$2
    shift 2
    java -XX:DumpLoadedClassList="$name.loaded" -cp "$path:practised" "$@" >/dev/null
    cat "$home/lib/classlist" "$name.loaded" \
        | sed -e '/source:/d' -e '/Practice/d' -e 's/ id: [0-9]*$//' | awk '!seen[$0]++' >"$name.classes"
    java -Xshare:dump -XX:SharedClassListFile="$name.classes" -XX:SharedArchiveFile="/opt/codeeval/warm/$name.jsa" \
        -cp "$path" $exports >/dev/null
    rm "$name.loaded" "$name.classes"
}

javac -d practised -classpath "$tuples" practice.java
archive java "$tuples" -ea Practice
rm practised/*
scalac -d practised practice.scala
archive scala "$scala" Practice
archive clojure "$clojure" -Dclojure.main.report=stderr clojure.main practice.clj
server="/opt/codeeval/warm/server.jar:$scala"
archive JavacServer "$server" $exports JavacServer </dev/null
archive ScalacServer "$server" -Dcodeeval.scala="$scala" $exports ScalacServer </dev/null
rm -r practised
