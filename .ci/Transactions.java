import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Transactions as MongoDB has them: each sees what stood when it began and what it has written itself, shows nothing to others
 * before it is committed, and has to begin again where another has written one of its documents since. One whose connection
 * ends is gone. A command in a transaction is run on the documents as the transaction sees them, which are put back after it.
 * Otherwise than in MongoDB, a write outside of a transaction does not wait for one that has written the same: that one has
 * to begin again. For one command after another.
 */
class Transactions {
  /** Runs a command on the documents as they stand. */
  interface Library {
    Document run(Channel channel, String database, String command, Document query);
  }

  private record Key(String database, String collection, Object id) {}

  /** One document as it was before a commit; null: it was not there. */
  private record Change(long number, Key key, Document before) {}

  private static class Transaction {
    final Object number;
    final long snapshot;
    final long began = System.nanoTime();
    final Map<Key, Document> written = new LinkedHashMap<>();
    Channel channel;

    Transaction(Object number, long snapshot) {
      this.number = number;
      this.snapshot = snapshot;
    }
  }

  /** MongoDB's transactionLifetimeLimitSeconds. */
  private static final long LIFETIME_NANOS = 60_000_000_000L;

  private final MongoBackend backend;
  private final Library library;
  /** By session. */
  private final Map<Object, Transaction> open = new HashMap<>();
  /** By session, the number of the one that it committed last: a commit may be asked for again. */
  private final Map<Object, Object> committed = new HashMap<>();
  /** The oldest first, as far back as one that is open has to look. */
  private final Deque<Change> changes = new ArrayDeque<>();
  private long last;

  Transactions(MongoBackend backend, Library library) {
    this.backend = backend;
    this.library = library;
  }

  Document run(Channel channel, String database, String command, Document query) {
    switch (command) {
      case "commitTransaction":
        return commit(query);
      case "abortTransaction":
        return end(query) == null ? refusal(251, "NoSuchTransaction") : done();
      default:
        if (Boolean.FALSE.equals(query.get("autocommit"))) return within(channel, database, command, query);
        if (!open.isEmpty()) for (Key key : concerned(database, command, query)) changes.add(new Change(++last, key, copy(get(key))));
        return library.run(channel, database, command, query);
    }
  }

  void close(Channel channel) {
    open.values().removeIf(transaction -> transaction.channel == channel);
    forget();
  }

  private Document within(Channel channel, String database, String command, Document query) {
    if (Boolean.TRUE.equals(query.get("startTransaction"))) begin(query);
    Transaction transaction = of(query);
    if (transaction == null) return refusal(251, "NoSuchTransaction");
    transaction.channel = channel;
    Set<Key> writes = written(database, command, query);
    if (writes.stream().anyMatch(key -> isChanged(key, transaction) || isBeingWritten(key, transaction))) {
      end(query);
      return refusal(112, "WriteConflict");
    }
    Map<Key, Document> seen = seen(transaction, database, query, command, writes);
    // The library updates in place: a copy, since an answer that is on its way may hold the document that stands.
    for (Key key : writes) if (!seen.containsKey(key)) seen.put(key, copy(get(key)));
    Map<Key, Document> standing = new HashMap<>();
    seen.forEach((key, document) -> {
      standing.put(key, get(key));
      set(key, document);
    });
    boolean isDone = false;
    try {
      Document answer = library.run(channel, database, command, query);
      for (Key key : writes) transaction.written.put(key, get(key));
      isDone = !answer.containsKey("writeErrors");
      return answer;
    } finally {
      standing.forEach(this::set);
      if (!isDone) end(query);
    }
  }

  private void begin(Document query) {
    long now = System.nanoTime();
    open.values().removeIf(transaction -> now - transaction.began > LIFETIME_NANOS);
    open.put(query.get("lsid"), new Transaction(query.get("txnNumber"), last));
  }

  private Document commit(Document query) {
    Object session = query.get("lsid");
    if (query.get("txnNumber").equals(committed.get(session))) return done();
    Transaction transaction = of(query);
    if (transaction == null) return refusal(251, "NoSuchTransaction");
    boolean isLate = transaction.written.keySet().stream().anyMatch(key -> isChanged(key, transaction));
    if (!isLate) {
      last++;
      transaction.written.forEach((key, document) -> {
        changes.add(new Change(last, key, get(key)));
        set(key, document);
      });
      committed.put(session, transaction.number);
    }
    end(query);
    return isLate ? refusal(112, "WriteConflict") : done();
  }

  private Transaction of(Document query) {
    Transaction transaction = open.get(query.get("lsid"));
    return transaction != null && transaction.number.equals(query.get("txnNumber")) ? transaction : null;
  }

  /** Null: there was none. */
  private Transaction end(Document query) {
    Transaction transaction = of(query);
    if (transaction != null) open.remove(query.get("lsid"));
    forget();
    return transaction;
  }

  /** What nobody has to look back at any more. */
  private void forget() {
    long oldest = open.values().stream().mapToLong(transaction -> transaction.snapshot).min().orElse(last);
    while (!changes.isEmpty() && changes.peek().number <= oldest) changes.poll();
  }

  private boolean isChanged(Key key, Transaction transaction) {
    return changes.stream().anyMatch(change -> change.number > transaction.snapshot && change.key.equals(key));
  }

  private boolean isBeingWritten(Key key, Transaction transaction) {
    return open.values().stream().anyMatch(other -> other != transaction && other.written.containsKey(key));
  }

  /** The documents that a command may look at and that stand otherwise for the transaction than for others. */
  private Map<Key, Document> seen(Transaction transaction, String database, Document query, String command, Set<Key> writes) {
    String collection = String.valueOf(query.get(command));
    Set<Object> ids = writes.isEmpty() ? idsAsked(query) : null;
    Map<Key, Document> seen = new LinkedHashMap<>();
    Iterator<Change> newestFirst = changes.descendingIterator();
    while (newestFirst.hasNext()) {
      Change change = newestFirst.next();
      if (change.number > transaction.snapshot) seen.put(change.key, change.before);
    }
    seen.putAll(transaction.written);
    if (!writes.isEmpty()) seen.keySet().retainAll(writes);
    seen.keySet().removeIf(key -> !key.database.equals(database) || !key.collection.equals(collection) || (ids != null && !ids.contains(key.id)));
    return seen;
  }

  /** Null: it may find any. */
  private static Set<Object> idsAsked(Document query) {
    Object asked = query.get("filter") instanceof Document filter ? filter.get("_id") : null;
    if (!(asked instanceof Document operators)) return asked == null ? null : Set.of(asked);
    return operators.get("$in") instanceof Collection<?> ids ? new HashSet<>(ids) : null;
  }

  /** What a command in a transaction writes: each by its _id. */
  private static Set<Key> written(String database, String command, Document query) {
    Set<Key> keys = new LinkedHashSet<>();
    switch (command) {
      case "insert", "update" -> {
        for (Document one : statements(command, query)) {
          Object id = (command.equals("insert") ? one : (Document) one.get("q")).get("_id");
          if (id == null || id instanceof Document) throw new IllegalStateException("A transaction of this peer writes by _id only");
          keys.add(new Key(database, String.valueOf(query.get(command)), id));
        }
      }
      case "find", "getMore", "killCursors", "aggregate", "count" -> {}
      default -> throw new IllegalStateException("The transactions of this peer know no " + command);
    }
    return keys;
  }

  /** What a command outside of transactions writes. */
  private Set<Key> concerned(String database, String command, Document query) {
    Set<Key> keys = new LinkedHashSet<>();
    String collection = String.valueOf(query.get(command));
    for (Document one : statements(command, query)) {
      if (command.equals("insert")) keys.add(new Key(database, collection, one.get("_id")));
      if (!(one.get("q") instanceof Document filter) || command.equals("insert")) continue;
      Object id = filter.get("_id");
      if (id != null && !(id instanceof Document)) keys.add(new Key(database, collection, id));
      else for (Document found : collection(database, collection).handleQuery(filter)) keys.add(new Key(database, collection, found.get("_id")));
    }
    return keys;
  }

  @SuppressWarnings("unchecked")
  private static Collection<Document> statements(String command, Document query) {
    String name = switch (command) {
      case "insert" -> "documents";
      case "update" -> "updates";
      case "delete" -> "deletes";
      default -> "";
    };
    return (Collection<Document>) query.getOrDefault(name, List.of());
  }

  private MongoCollection<?> collection(String database, String name) {
    return backend.resolveDatabase(database).resolveCollection(name, true);
  }

  private Document get(Key key) {
    Iterator<Document> found = collection(key.database, key.collection).handleQuery(new Document("_id", key.id)).iterator();
    return found.hasNext() ? found.next() : null;
  }

  private void set(Key key, Document document) {
    MongoCollection<?> collection = collection(key.database, key.collection);
    collection.deleteDocuments(new Document("_id", key.id), 1);
    if (document != null) collection.addDocument(document);
  }

  private static Document copy(Document document) {
    return document == null ? null : document.cloneDeeply();
  }

  private static Document done() {
    return new Document("ok", 1.0);
  }

  private static Document refusal(int code, String name) {
    return new Document("ok", 0.0).append("code", code).append("codeName", name).append("errmsg", name).append("errorLabels", List.of("TransientTransactionError"));
  }
}
