import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Serves MongoDB's wire protocol from memory on a free port of this machine, prints its URL, and ends with its standard
 * input. For tests. With --replica-set it says that it is one, and has transactions.
 */
public class MongoPeer {
  /** What the driver of today asks at least: MongoDB 4.4, wire version 9. */
  private static final MongoVersion VERSION = new MongoVersion() {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(4, 4, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 9;
    }
  };

  private static final Set<String> HELLO = Set.of("hello", "isMaster", "ismaster");

  private static class Backend extends MemoryBackend {
    private final boolean replicaSet;
    private final Transactions transactions = new Transactions(this, this::counted);
    private volatile String address;

    Backend(boolean replicaSet) {
      this.replicaSet = replicaSet;
    }

    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
      return new IndexedDatabase(name, getCursorRegistry());
    }

    @Override
    public synchronized Document handleCommand(Channel channel, String database, String command, Document query) {
      if (HELLO.contains(command)) return hello(channel, database, query);
      if (!replicaSet) return counted(channel, database, command, query);
      return command.equals("endSessions") ? new Document("ok", 1.0) : transactions.run(channel, database, command, query);
    }

    @Override
    public synchronized void handleClose(Channel channel) {
      transactions.close(channel);
      super.handleClose(channel);
    }

    /** The driver counts by an aggregation, for which the library would read every document: counted by its index instead. */
    private Document counted(Channel channel, String database, String command, Document query) {
      Document filter = command.equals("aggregate") ? countOf(query) : null;
      if (filter == null) return super.handleCommand(channel, database, command, query);
      Object counted = super.handleCommand(channel, database, "count", new Document("count", query.get(command)).append("query", filter)).get("n");
      List<Document> groups = counted.equals(0) ? List.of() : List.of(new Document("_id", 1).append("n", counted));
      return new Document("ok", 1.0).append("cursor", new Document("id", 0L).append("ns", database + "." + query.get(command)).append("firstBatch", groups));
    }

    /** What is counted; null: the aggregation is no mere count. */
    private static Document countOf(Document query) {
      List<?> stages = List.copyOf((Collection<?>) query.get("pipeline"));
      Document group = new Document("$group", new Document("_id", 1).append("n", new Document("$sum", 1)));
      return stages.size() == 2 && stages.get(1).equals(group) && stages.get(0) instanceof Document first && first.get("$match") instanceof Document filter ? filter : null;
    }

    private Document hello(Channel channel, String database, Document query) {
      Document answer = super.handleCommand(channel, database, "isMaster", query);
      if (!replicaSet) return answer;
      return answer.append("isWritablePrimary", true).append("secondary", false).append("setName", "peer").append("setVersion", 1)
          .append("hosts", List.of(address)).append("me", address).append("primary", address).append("logicalSessionTimeoutMinutes", 30);
    }
  }

  public static void main(String[] arguments) throws IOException {
    Backend backend = new Backend(List.of(arguments).contains("--replica-set"));
    backend.version(VERSION);
    MongoServer server = new MongoServer(backend);
    String url = server.bindAndGetConnectionString();
    backend.address = url.substring("mongodb://".length());
    System.out.println(url);
    while (System.in.read() >= 0) {
      // It serves on threads of its own.
    }
    server.shutdownNow();
  }
}
