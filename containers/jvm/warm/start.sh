# Starts the warm tool named.
scala=$(echo /usr/share/scala/lib/*.jar | tr ' ' ':')
exec java -XX:SharedArchiveFile="/opt/codeeval/warm/$1.jsa" -Xshare:auto -XX:+UseSerialGC -XX:-UsePerfData -Xmx384m \
    -Dcodeeval.scala="$scala" \
    --add-exports jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED \
    --add-exports jdk.compiler/com.sun.tools.javac.main=ALL-UNNAMED \
    --add-exports jdk.compiler/com.sun.tools.javac.util=ALL-UNNAMED \
    -cp "/opt/codeeval/warm/server.jar:$scala" "$1"
