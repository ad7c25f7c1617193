import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * Serves MongoDB's wire protocol from memory on a free port of this machine, prints its URL, and ends with its standard
 * input. For tests. With --replica-set it says that it is one, and has transactions of the simplest kind: one at a time,
 * whoever comes meanwhile has to begin again, and what is aborted is undone. It does not hide what a transaction has
 * written from those outside it, as MongoDB does.
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

  /** Has indexes that are used, beside the unique ones that the library has itself: without, a thousand decisions take hours. */
  private static class Database extends MemoryDatabase {
    Database(String name, CursorRegistry cursors) {
      super(name, cursors);
    }

    @Override
    protected Index<Integer> openOrCreateSecondaryIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
      return EqualityIndex.isOf(keys) ? new EqualityIndex(name, keys, sparse) : super.openOrCreateSecondaryIndex(collection, name, keys, sparse);
    }
  }

  /** One document as it was before a transaction wrote it; null: it was not there. */
  private record Before(String database, String collection, Object id, Document document) {}

  private static class Backend extends MemoryBackend {
    private final boolean replicaSet;
    private volatile String address;
    private Object transaction;
    private Channel holder;
    private final Deque<Before> undo = new ArrayDeque<>();

    Backend(boolean replicaSet) {
      this.replicaSet = replicaSet;
    }

    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
      return new Database(name, getCursorRegistry());
    }

    @Override
    public synchronized Document handleCommand(Channel channel, String database, String command, Document query) {
      if (HELLO.contains(command)) return hello(channel, database, query);
      if (!replicaSet) return super.handleCommand(channel, database, command, query);
      switch (command) {
        case "endSessions":
          return new Document("ok", 1.0);
        case "commitTransaction":
          return end(query, false);
        case "abortTransaction":
          return end(query, true);
        default:
          if (!Boolean.FALSE.equals(query.get("autocommit"))) return super.handleCommand(channel, database, command, query);
      }
      if (Boolean.TRUE.equals(query.get("startTransaction"))) {
        if (transaction != null) return refusal(112, "WriteConflict");
        transaction = query.get("lsid");
        holder = channel;
      }
      if (!isOurs(query)) return refusal(251, "NoSuchTransaction");
      remember(channel, database, command, query);
      return super.handleCommand(channel, database, command, query);
    }

    @Override
    public synchronized void handleClose(Channel channel) {
      if (transaction != null && channel == holder) undoAll();
      super.handleClose(channel);
    }

    private Document hello(Channel channel, String database, Document query) {
      Document answer = super.handleCommand(channel, database, "isMaster", query);
      if (!replicaSet) return answer;
      return answer.append("isWritablePrimary", true).append("secondary", false).append("setName", "peer").append("setVersion", 1)
          .append("hosts", List.of(address)).append("me", address).append("primary", address).append("logicalSessionTimeoutMinutes", 30);
    }

    private boolean isOurs(Document query) {
      return transaction != null && transaction.equals(query.get("lsid"));
    }

    private Document end(Document query, boolean abort) {
      if (!isOurs(query)) return refusal(251, "NoSuchTransaction");
      if (abort) undoAll();
      undo.clear();
      transaction = null;
      return new Document("ok", 1.0);
    }

    private void undoAll() {
      while (!undo.isEmpty()) {
        Before before = undo.pop();
        Document removal = new Document("q", new Document("_id", before.id)).append("limit", 1);
        super.handleCommand(holder, before.database, "delete", new Document("delete", before.collection).append("deletes", List.of(removal)));
        if (before.document != null) {
          super.handleCommand(holder, before.database, "insert", new Document("insert", before.collection).append("documents", List.of(before.document)));
        }
      }
      transaction = null;
    }

    private static Document refusal(int code, String name) {
      return new Document("ok", 0.0).append("code", code).append("codeName", name).append("errmsg", name).append("errorLabels", List.of("TransientTransactionError"));
    }

    /** Every write of a transaction names its documents by _id. */
    private void remember(Channel channel, String database, String command, Document query) {
      String collection = String.valueOf(query.get(command));
      switch (command) {
        case "insert" -> each(query, "documents").forEach(document -> remember(channel, database, collection, document.get("_id")));
        case "update" -> each(query, "updates").forEach(update -> remember(channel, database, collection, ((Document) update.get("q")).get("_id")));
        case "find", "getMore", "killCursors", "aggregate", "count" -> {}
        default -> throw new IllegalStateException("The transactions of this peer know no " + command);
      }
    }

    private void remember(Channel channel, String database, String collection, Object id) {
      if (id == null) throw new IllegalStateException("A transaction of this peer writes by _id only");
      Document answer = super.handleCommand(channel, database, "find", new Document("find", collection).append("filter", new Document("_id", id)));
      List<?> found = (List<?>) ((Document) answer.get("cursor")).get("firstBatch");
      undo.push(new Before(database, collection, id, found.isEmpty() ? null : ((Document) found.get(0)).cloneDeeply()));
    }

    @SuppressWarnings("unchecked")
    private static Collection<Document> each(Document query, String name) {
      return (Collection<Document>) query.get(name);
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
