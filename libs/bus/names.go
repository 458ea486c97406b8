package bus

import (
	"strings"
	"time"
)

// Topic is what the broker calls a topic of the company.
func Topic(company, topic string) string { return company + "." + topic }

// Group is what the broker calls a consumer group of the company.
func Group(company, group string) string { return company + "." + group }

// DeadLetterTopic is where, on the broker, a group puts the messages of a topic that it cannot handle.
func DeadLetterTopic(company, group, topic string) string {
	return company + "." + group + "." + topic + deadLetterSuffix
}

// RetryTopic is where, on the broker, a group would put the messages of a topic to try again after a while.
func RetryTopic(company, group, topic string, after time.Duration) string {
	return company + "." + group + "." + topic + ".retry." + short(after)
}

const deadLetterSuffix = ".dlq"

// bare takes the company off.
func bare(company, topic string) string { return strings.TrimPrefix(topic, company+".") }

// short writes 1m0s as 1m and 1h0m0s as 1h.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
