import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** An index of the stamp, for what was made at one or after, and for the last. */
class StampIndex extends PositionIndex<Double> {
  private static final String FIELD = "stamp";

  private final NavigableMap<Double, Set<Integer>> inOrder;

  static boolean isOf(List<IndexKey> keys) {
    return keys.get(0).getKey().equals(FIELD);
  }

  StampIndex(String name, List<IndexKey> keys, boolean sparse) {
    this(name, keys, sparse, new TreeMap<>());
  }

  private StampIndex(String name, List<IndexKey> keys, boolean sparse, NavigableMap<Double, Set<Integer>> inOrder) {
    super(name, keys, sparse, inOrder);
    this.inOrder = inOrder;
  }

  @Override
  protected Set<Double> keysOf(Document document) {
    Double stamp = number(document.get(FIELD));
    return stamp == null ? Set.of() : Set.of(stamp);
  }

  private static Double number(Object value) {
    return value instanceof Number number ? Double.valueOf(number.doubleValue()) : null;
  }

  /** Where the last is, if all are asked for and only the last is wanted; null: something else is asked. */
  Set<Integer> last(Document query, Document orderBy, int limit) {
    boolean isAsked = query.isEmpty() && limit == 1 && orderBy != null && orderBy.size() == 1 && Double.valueOf(-1).equals(number(orderBy.get(FIELD)));
    if (!isAsked) return null;
    return inOrder.isEmpty() ? Set.of() : inOrder.lastEntry().getValue();
  }

  @Override
  public Collection<Integer> getPositions(Document query) {
    Double least = leastOf(query);
    if (least == null) return null;
    List<Integer> found = new ArrayList<>();
    for (Set<Integer> some : inOrder.tailMap(least, true).values()) found.addAll(some);
    return found;
  }

  /** Null: any stamp may be found. */
  private static Double leastOf(Document query) {
    TreeSet<Double> bounds = new TreeSet<>();
    query.forEach((key, condition) -> {
      Double bound = switch (key) {
        case FIELD -> condition instanceof Document operators ? boundOf(operators) : number(condition);
        case "$and" -> greatest(each(condition));
        case "$or" -> leastOfAny(each(condition));
        default -> null;
      };
      if (bound != null) bounds.add(bound);
    });
    return bounds.isEmpty() ? null : bounds.last();
  }

  private static Double boundOf(Document operators) {
    for (String operator : List.of("$gt", "$gte", "$eq")) if (operators.containsKey(operator)) return number(operators.get(operator));
    return null;
  }

  private static Double greatest(Collection<?> queries) {
    TreeSet<Double> bounds = new TreeSet<>();
    for (Object query : queries) {
      Double bound = leastOf((Document) query);
      if (bound != null) bounds.add(bound);
    }
    return bounds.isEmpty() ? null : bounds.last();
  }

  private static Double leastOfAny(Collection<?> queries) {
    TreeSet<Double> bounds = new TreeSet<>();
    for (Object query : queries) {
      Double bound = leastOf((Document) query);
      if (bound == null) return null;
      bounds.add(bound);
    }
    return bounds.isEmpty() ? null : bounds.first();
  }
}
