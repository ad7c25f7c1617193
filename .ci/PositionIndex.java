import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** An index that knows at which positions the documents are that have a key. */
abstract class PositionIndex<Key> extends Index<Integer> {
  protected final Map<Key, Set<Integer>> positions;
  private final Map<Integer, Set<Key>> keysAt = new HashMap<>();
  private final Map<Object, Integer> byId = new HashMap<>();

  /** `positions`: empty; its order is that of the keys. */
  PositionIndex(String name, List<IndexKey> keys, boolean sparse, Map<Key, Set<Integer>> positions) {
    super(name, keys, sparse);
    this.positions = positions;
  }

  protected abstract Set<Key> keysOf(Document document);

  /** Where all that the query finds is, and more; null: the query asks for nothing that this index knows. */
  @Override
  public abstract Collection<Integer> getPositions(Document query);

  protected Set<Integer> at(Key key) {
    return positions.getOrDefault(key, Set.of());
  }

  /** The elements of an array, or the one value. */
  protected static Collection<?> each(Object value) {
    if (value == null) return List.of();
    return value instanceof Collection<?> many ? many : List.of(value);
  }

  /** All that must hold, of $and within $and too. */
  static List<Map.Entry<String, Object>> conditionsOf(Document query) {
    List<Map.Entry<String, Object>> conditions = new ArrayList<>();
    for (Map.Entry<String, Object> entry : query.entrySet()) {
      if (entry.getKey().equals("$and")) for (Object one : each(entry.getValue())) conditions.addAll(conditionsOf((Document) one));
      else conditions.add(entry);
    }
    return conditions;
  }

  @Override
  public boolean canHandle(Document query) {
    return getPositions(query) != null;
  }

  @Override
  public void add(Document document, Integer position, MongoCollection<Integer> collection) {
    byId.put(document.get("_id"), position);
    put(document, position);
  }

  private void put(Document document, Integer position) {
    Set<Key> keys = keysOf(document);
    keysAt.put(position, keys);
    for (Key key : keys) positions.computeIfAbsent(key, none -> new TreeSet<>()).add(position);
  }

  private void take(Integer position) {
    Set<Key> keys = keysAt.remove(position);
    if (keys == null) return;
    for (Key key : keys) {
      Set<Integer> found = positions.get(key);
      found.remove(position);
      if (found.isEmpty()) positions.remove(key);
    }
  }

  @Override
  public Integer remove(Document document) {
    Integer position = byId.remove(document.get("_id"));
    if (position != null) take(position);
    return position;
  }

  @Override
  public void updateInPlace(Document before, Document after, Integer position, MongoCollection<Integer> collection) {
    take(position);
    put(after, position);
  }

  @Override
  public Integer getPosition(Document document) {
    return byId.get(document.get("_id"));
  }

  @Override
  public void checkAdd(Document document, MongoCollection<Integer> collection) {}

  @Override
  public void checkUpdate(Document before, Document after, MongoCollection<Integer> collection) {}

  @Override
  public long getCount() {
    return byId.size();
  }

  @Override
  public long getDataSize() {
    return 0;
  }

  @Override
  public void drop() {
    positions.clear();
    keysAt.clear();
    byId.clear();
  }
}
