import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * An index that is used where mongo-java-server would read every document: for equality (or $in) of strings on the last of
 * the keys that tell documents apart. { type, id } and { type, index.p, index.v } are looked up by all their keys,
 * { resource, version } by its first. What it finds is matched with the whole query, as any candidate is.
 */
class EqualityIndex extends PositionIndex<List<String>> {
  /** What indexes begin with that are asked for equality. */
  private static final List<List<String>> PATHS = List.of(List.of("type", "id"), List.of("type", "index.p", "index.v"), List.of("resource"), List.of("refers"));

  private final List<String> path;

  /** Not for ranges, which are asked of what such an index would find too much of. */
  static boolean isOf(List<IndexKey> keys) {
    return pathOf(keys.stream().map(IndexKey::getKey).toList()).isPresent();
  }

  private static Optional<List<String>> pathOf(List<String> names) {
    return PATHS.stream().filter(path -> path.size() <= names.size() && path.equals(names.subList(0, path.size()))).findFirst();
  }

  EqualityIndex(String name, List<IndexKey> keys, boolean sparse) {
    super(name, keys, sparse, new HashMap<>());
    path = pathOf(keys()).orElseThrow();
  }

  /** The array whose elements have the last two keys; null: the last key is the document's. */
  private String array() {
    String last = path.get(path.size() - 1);
    return last.contains(".") ? last.substring(0, last.indexOf('.')) : null;
  }

  private List<String> within() {
    return path.stream().filter(key -> key.contains(".")).map(key -> key.substring(key.indexOf('.') + 1)).toList();
  }

  @Override
  protected Set<List<String>> keysOf(Document document) {
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

  @Override
  public Set<Integer> getPositions(Document query) {
    List<Map.Entry<String, Object>> conditions = conditionsOf(query);
    if (path.size() == 1) return candidates(conditions, List.of(""));
    return conditions.stream().filter(condition -> condition.getKey().equals(path.get(0))).map(condition -> equal(condition.getValue())).filter(Objects::nonNull)
        .findFirst().map(first -> candidates(conditions, first)).orElse(null);
  }

  private Set<Integer> candidates(List<Map.Entry<String, Object>> conditions, List<String> first) {
    Set<Integer> best = null;
    for (Map.Entry<String, Object> condition : conditions) {
      Set<Integer> found = condition.getKey().equals("$or") ? all(each(condition.getValue()), first) : named(condition.getKey(), condition.getValue(), first);
      if (found != null && (best == null || found.size() < best.size())) best = found;
    }
    return best;
  }

  private Set<Integer> all(Collection<?> queries, List<String> first) {
    Set<Integer> union = new TreeSet<>();
    for (Object query : queries) {
      Set<Integer> found = candidates(conditionsOf((Document) query), first);
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
    for (List<String> tuple : product(values)) found.addAll(at(tuple));
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
}
