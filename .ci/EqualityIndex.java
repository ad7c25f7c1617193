import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * An index that is used where mongo-java-server would read every document: for equality (or $in) of strings on the last of
 * the keys that tell documents apart. { type, id } and { type, index.p, index.v } are looked up by all their keys,
 * { resource, version } by its first. What it finds is matched with the whole query, as any candidate is.
 */
class EqualityIndex extends Index<Integer> {
  private final List<String> path;
  private final Map<List<String>, Set<Integer>> positions = new HashMap<>();
  private final Map<Integer, Set<List<String>>> keysAt = new HashMap<>();
  private final Map<Object, Integer> byId = new HashMap<>();

  /** Not for ranges, which are asked of what such an index would find too much of. */
  static boolean isOf(List<IndexKey> keys) {
    List<String> names = keys.stream().map(IndexKey::getKey).toList();
    return !names.get(0).equals("type") || names.size() == 2 || names.equals(List.of("type", "index.p", "index.v"));
  }

  EqualityIndex(String name, List<IndexKey> keys, boolean sparse) {
    super(name, keys, sparse);
    List<String> all = keys();
    path = all.subList(0, all.get(0).equals("type") ? all.size() : 1);
  }

  /** The array whose elements have the last two keys; null: the last key is the document's. */
  private String array() {
    String last = path.get(path.size() - 1);
    return last.contains(".") ? last.substring(0, last.indexOf('.')) : null;
  }

  private List<String> within() {
    return path.stream().filter(key -> key.contains(".")).map(key -> key.substring(key.indexOf('.') + 1)).toList();
  }

  private Set<List<String>> keysOf(Document document) {
    String first = path.size() > 1 ? string(document.get(path.get(0))) : "";
    Set<List<String>> keys = new HashSet<>();
    if (first == null) return keys;
    if (array() == null) {
      for (Object value : each(document.get(path.get(path.size() - 1)))) if (value instanceof String text) keys.add(List.of(first, text));
      return keys;
    }
    for (Object element : each(document.get(array()))) {
      List<String> key = new ArrayList<>(List.of(first));
      for (String name : within()) key.add(string(((Document) element).get(name)));
      if (!key.contains(null)) keys.add(key);
    }
    return keys;
  }

  private static String string(Object value) {
    return value instanceof String text ? text : null;
  }

  private static Collection<?> each(Object value) {
    if (value == null) return List.of();
    return value instanceof Collection<?> many ? many : List.of(value);
  }

  @Override
  public void add(Document document, Integer position, MongoCollection<Integer> collection) {
    byId.put(document.get("_id"), position);
    put(document, position);
  }

  private void put(Document document, Integer position) {
    Set<List<String>> keys = keysOf(document);
    keysAt.put(position, keys);
    for (List<String> key : keys) positions.computeIfAbsent(key, none -> new TreeSet<>()).add(position);
  }

  private void take(Integer position) {
    Set<List<String>> keys = keysAt.remove(position);
    if (keys == null) return;
    for (List<String> key : keys) {
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
  public boolean canHandle(Document query) {
    return getPositions(query) != null;
  }

  /** Null: the query asks for no equality that this index knows. */
  @Override
  public Set<Integer> getPositions(Document query) {
    List<String> first = path.size() > 1 ? equal(query.get(path.get(0))) : List.of("");
    return first == null ? null : candidates(query, first);
  }

  private Set<Integer> candidates(Document query, List<String> first) {
    Set<Integer> best = null;
    for (Map.Entry<String, Object> entry : query.entrySet()) {
      Set<Integer> found = switch (entry.getKey()) {
        case "$and" -> fewest(each(entry.getValue()), first);
        case "$or" -> all(each(entry.getValue()), first);
        default -> named(entry.getKey(), entry.getValue(), first);
      };
      if (found != null && (best == null || found.size() < best.size())) best = found;
    }
    return best;
  }

  private Set<Integer> fewest(Collection<?> queries, List<String> first) {
    Set<Integer> best = null;
    for (Object query : queries) {
      Set<Integer> found = candidates((Document) query, first);
      if (found != null && (best == null || found.size() < best.size())) best = found;
    }
    return best;
  }

  private Set<Integer> all(Collection<?> queries, List<String> first) {
    Set<Integer> union = new TreeSet<>();
    for (Object query : queries) {
      Set<Integer> found = candidates((Document) query, first);
      if (found == null) return null;
      union.addAll(found);
    }
    return union;
  }

  private Set<Integer> named(String key, Object condition, List<String> first) {
    List<List<String>> values = new ArrayList<>(List.of(first));
    if (array() == null) {
      if (!key.equals(path.get(path.size() - 1))) return null;
      values.add(equal(condition));
    } else {
      if (!key.equals(array()) || !(condition instanceof Document test) || !(test.get("$elemMatch") instanceof Document element)) return null;
      for (String name : within()) values.add(equal(element.get(name)));
    }
    if (values.contains(null)) return null;
    Set<Integer> found = new TreeSet<>();
    for (List<String> tuple : product(values)) found.addAll(positions.getOrDefault(tuple, Set.of()));
    return found;
  }

  private static List<String> equal(Object condition) {
    if (condition instanceof String text) return List.of(text);
    if (!(condition instanceof Document operators) || operators.size() != 1) return null;
    Object one = operators.get("$eq");
    if (one instanceof String text) return List.of(text);
    if (!(operators.get("$in") instanceof Collection<?> many)) return null;
    List<String> texts = new ArrayList<>();
    for (Object value : many) if (value instanceof String text) texts.add(text);
    return texts.size() == many.size() ? texts : null;
  }

  private static List<List<String>> product(List<List<String>> values) {
    List<List<String>> tuples = List.of(List.of());
    for (List<String> choices : values) {
      List<List<String>> longer = new ArrayList<>();
      for (List<String> tuple : tuples) for (String choice : choices) {
        List<String> next = new ArrayList<>(tuple);
        next.add(choice);
        longer.add(next);
      }
      tuples = longer;
    }
    return tuples;
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
