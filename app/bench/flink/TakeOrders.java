import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/**
 * Flink SQL as an opponent of orderflow: Kafka's orders into PostgreSQL by one INSERT ..
 * SELECT, in a cluster inside this process. It runs until it is ended.
 *
 * <p>docs/performance.md says which settings were tried.
 */
public final class TakeOrders {
  private TakeOrders() {}

  /** The columns that both the orders and the table have, as SQL types. */
  private static final String NARROW =
      "order_id STRING, user_id STRING, currency STRING, amount BIGINT, created_at TIMESTAMP_LTZ(3)";

  public static void main(String[] args) throws Exception {
    if (args.length != 5 || !Set.of("all", "5").contains(args[4])) {
      System.err.println("usage: TakeOrders BOOTSTRAP TOPIC GROUP SCHEMA all|5, with the database's URL in JDBC_URL");
      System.exit(2);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(TakeOrders::end));
    boolean all = args[4].equals("all");
    TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.newInstance().inStreamingMode()
        .withConfiguration(Configuration.fromMap(settings())).build());
    tables.executeSql(source(args[0], args[1], args[2], all));
    tables.executeSql(sink(System.getenv("JDBC_URL"), args[3], all));
    tables.executeSql("INSERT INTO target SELECT " + columns(all) + " FROM orders").await();
  }

  /** On SIGTERM: says what this process has used, as bench asks its contestants, and ends well. */
  private static void end() {
    try (var status = Files.lines(Path.of("/proc/self/status"))) {
      String peak = status.filter(line -> line.startsWith("VmHWM:")).findFirst().orElseThrow().replaceAll("[^0-9]", "");
      System.out.println("{\"peak_rss\":" + Long.parseLong(peak) * 1024 + "}");
      System.out.flush();
      Runtime.getRuntime().halt(0);
    } catch (IOException e) {
      System.err.println("peak memory is known on Linux only: " + e);
    }
  }

  private static Map<String, String> settings() {
    return Map.ofEntries(
        Map.entry("parallelism.default", "3"), // a task for each partition of the topic
        Map.entry("taskmanager.numberOfTaskSlots", "3"),
        Map.entry("execution.checkpointing.interval", "2 s"), // with each, offsets are committed
        Map.entry("execution.checkpointing.mode", "AT_LEAST_ONCE"), // which the sink is
        Map.entry("pipeline.object-reuse", "true"),
        Map.entry("table.local-time-zone", "UTC"));
  }

  private static String source(String bootstrap, String topic, String group, boolean all) {
    return "CREATE TABLE orders (" + NARROW
        + (all ? ", items STRING, kafka_partition INT METADATA FROM 'partition' VIRTUAL, kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL" : "")
        + ") WITH ('connector' = 'kafka', 'properties.bootstrap.servers' = '" + bootstrap + "', 'topic' = '" + topic
        + "', 'properties.group.id' = '" + group + "', 'scan.startup.mode' = 'earliest-offset'"
        + ", 'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601')";
  }

  /** With a primary key the sink writes INSERT .. ON CONFLICT .. DO UPDATE: what is delivered again doubles nothing. */
  private static String sink(String url, String schema, boolean all) {
    return "CREATE TABLE target (" + NARROW.replace("TIMESTAMP_LTZ(3)", "TIMESTAMP(3)")
        + (all ? ", items STRING, kafka_partition INT, kafka_offset BIGINT, created_at_ns SMALLINT" : "")
        + ", PRIMARY KEY (order_id) NOT ENFORCED) WITH ('connector' = 'jdbc', 'url' = '" + url + "', 'table-name' = '" + schema
        + ".orders', 'sink.buffer-flush.max-rows' = '5000', 'sink.buffer-flush.interval' = '100 ms')";
  }

  private static String columns(boolean all) {
    return "order_id, user_id, currency, amount, CAST(created_at AS TIMESTAMP(3))"
        + (all ? ", items, kafka_partition, kafka_offset, CAST(0 AS SMALLINT)" : "");
  }
}
