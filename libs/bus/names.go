package bus

import "strings"

// Topic is what the broker calls a topic of the company.
func Topic(company, topic string) string { return company + "." + topic }

// Group is what the broker calls a consumer group of the company.
func Group(company, group string) string { return company + "." + group }

// DeadLetterTopic is where, on the broker, a group puts the messages of a topic that it cannot handle.
func DeadLetterTopic(company, group, topic string) string {
	return company + "." + group + "." + topic + deadLetterSuffix
}

const deadLetterSuffix = ".dlq"

// bare takes the company off.
func bare(company, topic string) string { return strings.TrimPrefix(topic, company+".") }
