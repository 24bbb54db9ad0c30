// Produces product events from Node.js, one JSON event a line on standard input:
//   node produce.mjs --bootstrap 127.0.0.1:9092 --topic chatroom.messages.v1 < events.jsonl
// Records are keyed by actor id, so that one actor's events keep their order.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Kafka, Partitioners, logLevel } from "kafkajs";

const { values: options } = parseArgs({
  options: { bootstrap: { type: "string", default: "127.0.0.1:9092" }, topic: { type: "string" } },
});
if (!options.topic) {
  console.error("usage: node produce.mjs --topic TOPIC [--bootstrap HOST:PORT] < events.jsonl");
  process.exit(2);
}

const messages = [];
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) messages.push({ key: JSON.parse(line).actor_id, value: line });
}

const kafka = new Kafka({ brokers: [options.bootstrap], logLevel: logLevel.WARN });
const producer = kafka.producer({
  allowAutoTopicCreation: false,
  createPartitioner: Partitioners.DefaultPartitioner, // murmur2, as the Java client
});
await producer.connect();
for (const record of await producer.send({ topic: options.topic, acks: -1, messages })) {
  console.log(`${record.topicName} partition ${record.partition} offset ${record.baseOffset}`);
}
await producer.disconnect();
