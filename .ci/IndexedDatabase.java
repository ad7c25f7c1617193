import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.memory.MemoryCollection;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Has indexes that are used, beside the unique ones that the library has itself: without, a thousand decisions take hours. */
class IndexedDatabase extends MemoryDatabase {
  IndexedDatabase(String name, CursorRegistry cursors) {
    super(name, cursors);
  }

  @Override
  protected Index<Integer> openOrCreateSecondaryIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
    if (StampIndex.isOf(keys)) return new StampIndex(name, keys, sparse);
    return EqualityIndex.isOf(keys) ? new EqualityIndex(name, keys, sparse) : super.openOrCreateSecondaryIndex(collection, name, keys, sparse);
  }

  @Override
  protected MemoryCollection openOrCreateCollection(String name, CollectionOptions options) {
    return new MemoryCollection(this, name, options, cursorRegistry) {
      /** By the index that leaves the fewest to be looked at, where the library takes the first. */
      @Override
      protected QueryResult queryDocuments(Document query, Document orderBy, int skip, int limit, int batchSize, Document fields) {
        Collection<Integer> fewest = null;
        for (Index<Integer> index : getIndexes()) {
          Collection<Integer> found = positionsBy(index, query, orderBy, limit);
          if (found != null && (fewest == null || found.size() < fewest.size())) fewest = found;
        }
        if (fewest == null) return super.queryDocuments(query, orderBy, skip, limit, batchSize, fields);
        return matchDocuments(query, fewest, orderBy, skip, limit, batchSize, fields);
      }
    };
  }

  private static Collection<Integer> positionsBy(Index<Integer> index, Document query, Document orderBy, int limit) {
    if (index instanceof StampIndex stamps) {
      Collection<Integer> last = stamps.last(query, orderBy, limit);
      if (last != null) return last;
    }
    return index instanceof PositionIndex<?> own ? own.getPositions(query) : positionsById(index, query);
  }

  /** The library uses its index of _id only where nothing else is asked. */
  private static Collection<Integer> positionsById(Index<Integer> index, Document query) {
    if (!index.isUnique() || index.getKeys().size() != 1) return null;
    String field = index.getKeys().get(0).getKey();
    for (Map.Entry<String, Object> condition : PositionIndex.conditionsOf(query)) {
      Document alone = new Document(condition.getKey(), condition.getValue());
      if (!condition.getKey().equals(field) || !index.canHandle(alone)) continue;
      List<Integer> found = new ArrayList<>();
      index.getPositions(alone).forEach(found::add);
      return found;
    }
    return null;
  }
}
