# shellcheck shell=bash
# Apache Kafka without ZooKeeper, one node, from its Maven artifacts: clients on PORT, its controller on PORT+1. Started
# again on the same folder, it keeps its records. Needs Java 17 and Maven.
kafka_version=4.3.1

kafka_root() { echo "$parts/kafka-$kafka_version"; }

kafka_install() {
	local root
	root=$(kafka_root)
	[[ ! -e $root/installed ]] || return 0
	command -v java >/dev/null || debian openjdk-17-jre-headless
	command -v mvn >/dev/null || debian maven
	(
		alone kafka
		[[ ! -e $root/installed ]] || exit 0
		say "kafka: fetching $kafka_version from Maven"
		rm -rf "$root"
		mvn -B -q -Dstyle.color=never -f "$here/parts/kafka/pom.xml" -Dkafka.version=$kafka_version dependency:copy-dependencies \
			-DincludeScope=runtime -DoutputDirectory="$root/lib" >&2
		kafka_train "$root"
		touch "$root/installed"
	)
}

# kafka_train ROOT: does once what every first start would have to: formats the folder, makes the topic of the groups'
# offsets, for which the first group of a cluster waits for seconds, and archives the loaded classes.
kafka_train() {
	local dir=$1/training port=$((20000 + RANDOM % 9000)) java
	say "kafka: preparing quick starts"
	mkdir -p "$dir"
	kafka_settings "$dir" $port >"$dir/server.properties"
	kafka_java -Dlinli.level=warn
	"${java[@]}" kafka.tools.StorageTool format -t TGlubGktcGFydHMta2Fmaw -c "$dir/server.properties" >"$1/format.log" 2>&1 ||
		fail "see $1/format.log"
	kafka_java -Xlog:disable -XX:ArchiveClassesAtExit="$1/archive"
	launch "$dir" TERM "${java[@]}" kafka.Kafka "$dir/server.properties"
	ready "$dir" 90 logged 'Kafka Server started' "$dir/log"
	ready "$dir" 60 kafka_has_groups "$dir" $port
	halt "$dir"
	mv "$dir/data" "$1/formatted"
	mv "$1/archive" "$1/classes.jsa" 2>/dev/null || say "kafka: no class archive, starts will be slower"
	rm -rf "$dir"
}

# kafka_has_groups DIR PORT: asking for a group makes the broker make the topic of offsets.
kafka_has_groups() {
	local java
	kafka_java -Xmx128m -Dlinli.level=warn
	"${java[@]}" org.apache.kafka.tools.consumer.group.ConsumerGroupCommand --bootstrap-server "127.0.0.1:$2" --describe --group none
	[[ -e $1/data/__consumer_offsets-7 ]]
}

# kafka_java OPTION…: sets the array java, the words that start a small and quick virtual machine with Kafka's classes.
kafka_java() {
	local root share=-Xshare:auto
	root=$(kafka_root)
	[[ ! -e $root/classes.jsa ]] || share=-XX:SharedArchiveFile=$root/classes.jsa
	java=(java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$share" -Dlog4j2.configurationFile="$here/parts/kafka/log4j2.properties"
		-cp "$(printf '%s:' "$root"/lib/*.jar)" "$@")
}

kafka_settings() { # DIR PORT
	cat "$here/parts/kafka/broker.properties"
	[[ ! -e $1/secure ]] || {
		kafka_secure "$@"
		return
	}
	cat <<-EOF
		listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$(($2 + 1))
		advertised.listeners=PLAINTEXT://127.0.0.1:$2
		controller.quorum.voters=1@127.0.0.1:$(($2 + 1))
		log.dirs=$1/data
	EOF
}

# kafka_secure DIR PORT: settings of a broker that speaks to clients by TLS only, and asks who they are.
kafka_secure() {
	local module=org.apache.kafka.common.security name password
	name=$(cat "$1/secure/username") password=$(cat "$1/secure/password")
	cat "$1/secure/key.pem" "$1/secure/cert.pem" >"$1/keystore.pem"
	cat <<-EOF
		listeners=SASL_SSL://localhost:$2,CONTROLLER://127.0.0.1:$(($2 + 1))
		advertised.listeners=SASL_SSL://localhost:$2
		listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
		inter.broker.listener.name=SASL_SSL
		controller.quorum.voters=1@127.0.0.1:$(($2 + 1))
		log.dirs=$1/data
		ssl.keystore.type=PEM
		ssl.keystore.location=$1/keystore.pem
		ssl.truststore.type=PEM
		ssl.truststore.location=$1/secure/ca.pem
		sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
		sasl.mechanism.inter.broker.protocol=PLAIN
		listener.name.sasl_ssl.plain.sasl.jaas.config=$module.plain.PlainLoginModule required username="$name" password="$password" user_$name="$password";
		listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=$module.scram.ScramLoginModule required;
		listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=$module.scram.ScramLoginModule required;
	EOF
}

# kafka_format DIR: a new folder whose broker knows the user; it is too early to ask the broker for that.
kafka_format() {
	local java user
	user="name=$(cat "$1/secure/username"),password=$(cat "$1/secure/password")"
	kafka_java -Dlinli.level=warn
	"${java[@]}" kafka.tools.StorageTool format -t TGlubGktcGFydHMta2Fmaw -c "$1/server.properties" \
		--add-scram "SCRAM-SHA-256=[$user]" --add-scram "SCRAM-SHA-512=[$user]" >"$1/format.log" 2>&1 || fail "see $1/format.log"
}

kafka_start() { # DIR PORT
	local java
	unused "$2" $(($2 + 1))
	(umask 077 && kafka_settings "$1" "$2" >"$1/server.properties")
	[[ -e $1/data || ! -e $1/secure ]] || kafka_format "$1"
	[[ -e $1/data ]] || {
		rm -rf "$1/new"
		cp -r "$(kafka_root)/formatted" "$1/new"
		mv "$1/new" "$1/data"
	}
	kafka_java -Xms256m -Xmx512m
	launch "$1" TERM "${java[@]}" kafka.Kafka "$1/server.properties"
	ready "$1" 60 logged 'Kafka Server started' "$1/log"
}
