import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.List;

/** Serves MongoDB's wire protocol from memory on a free port of this machine, prints its URL, and ends with its standard input. For tests. */
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

  /** Knows the name that `isMaster` has had since MongoDB 4.4.2. */
  private static class Backend extends MemoryBackend {
    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
      return super.handleCommand(channel, database, command.equals("hello") ? "isMaster" : command, query);
    }
  }

  public static void main(String[] arguments) throws IOException {
    MongoServer server = new MongoServer(new Backend().version(VERSION));
    System.out.println(server.bindAndGetConnectionString());
    while (System.in.read() >= 0) {
      // It serves on threads of its own.
    }
    server.shutdownNow();
  }
}
