// Package semconv names every span, metric and attribute of the platform. OpenTelemetry's messaging conventions still
// move, and a dashboard that asks for last year's name shows nothing: so a name is spelled here and nowhere else.
//
// Rules: an attribute or label has few values, or it is on spans only; a person never appears, not even by id; the company
// is on the resource (and on target_info), never on a span or a series.
package semconv

// On the resource: who reports.
const (
	ServiceName     = "service.name"
	ServiceVersion  = "service.version"
	ServiceInstance = "service.instance.id"
	Company         = "linli.company"
)

// On the log lines of a traced operation.
const (
	LogTrace = "trace_id"
	LogSpan  = "span_id"
)

// On spans: operations. The span's name is the operation's, such as tickets.v1.Tickets/Open.
const (
	Fault       = "linli.fault"        // stable code, when it failed
	FaultKind   = "linli.fault.kind"   // its kind
	Attempt     = "linli.attempt"      // 1 is the first
	Aggregate   = "linli.aggregate"    // ticket, visit, board …
	AggregateID = "linli.aggregate.id" // uuid of it
	District    = "linli.district"     // key of its events
)

// On spans: requests at the edge, after OpenTelemetry's HTTP conventions.
const (
	HTTPMethod = "http.request.method"
	HTTPPath   = "url.path"
	HTTPStatus = "http.response.status_code"
)

// On spans: messages, after OpenTelemetry's messaging conventions. Their names are "send <topic>" and "process <topic>".
const (
	MessagingSystem    = "messaging.system"
	MessagingOperation = "messaging.operation.type"
	MessagingTopic     = "messaging.destination.name"
	MessagingPartition = "messaging.destination.partition.id"
	MessagingGroup     = "messaging.consumer.group.name"
	MessagingID        = "messaging.message.id"
	MessagingOffset    = "messaging.kafka.offset"
	EventType          = "cloudevents.event_type"
)

// Values of MessagingSystem and MessagingOperation.
const (
	Kafka   = "kafka"
	Send    = "send"
	Process = "process"
)

// StreamSpan names the PRODUCER span of an entry written to a stream.
func StreamSpan(event string) string { return "stream " + event }

// SendSpan names the PRODUCER span of a topic.
func SendSpan(topic string) string { return Send + " " + topic }

// ProcessSpan names the CONSUMER span of a topic.
func ProcessSpan(topic string) string { return Process + " " + topic }

// Labels of metrics. Each has few values.
const (
	LabelOperation = "op"
	LabelCode      = "code"
	LabelTopic     = "topic"
	LabelGroup     = "group"
	LabelPartition = "partition"
	LabelOutcome   = "outcome"
	LabelService   = "service"
)

// Metrics of operations (libs/op).
const (
	OpHandled = "linli_op_handled_seconds"
	OpCalled  = "linli_op_called_seconds"
)

// Metrics of messages (libs/bus) and of the outbox (libs/outbox).
const (
	BusSent         = "linli_bus_sent_seconds"
	BusProcessed    = "linli_bus_processed_seconds"
	BusRetries      = "linli_bus_retries_total"
	BusDeadLetters  = "linli_bus_dead_letters_total"
	BusLag          = "linli_bus_lag_messages"
	BusParked       = "linli_bus_parked_messages" // have used up their quick tries and hold up their key
	BusClientErrors = "linli_bus_client_errors_total"
	OutboxWaiting   = "linli_outbox_waiting"
	OutboxOldest    = "linli_outbox_oldest_seconds"
	OutboxPublished = "linli_outbox_published_total"
)

// Metrics of discovery (libs/discover).
const (
	DiscoverInstances = "linli_discover_instances"
	DiscoverEjected   = "linli_discover_ejected_total"
)

// Metrics of the process.
const (
	TargetInfo    = "target_info"
	SeriesDropped = "linli_telemetry_series_dropped"
)
