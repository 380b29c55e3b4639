import java.io.IOException;
import java.util.Arrays;

public class Main {
    private static final byte[] buffer = new byte[1 << 16];
    private static int length = 0, at = 0;

    private static int read() throws IOException {
        if (at == length) {
            length = System.in.read(buffer);
            at = 0;
            if (length <= 0) return -1;
        }
        return buffer[at++];
    }

    private static int readInt() throws IOException {
        int next = read();
        while (next <= ' ') next = read();
        int number = 0;
        for (; next > ' '; next = read()) number = number * 10 + next - '0';
        return number;
    }

    public static void main(String[] args) throws IOException {
        int[] tickets = new int[readInt()];
        for (int i = 0; i < tickets.length; i++) tickets[i] = readInt();
        Arrays.sort(tickets);
        int different = 0, best = 0, most = 0;
        for (int from = 0, to; from < tickets.length; from = to) {
            for (to = from; to < tickets.length && tickets[to] == tickets[from]; ) to++;
            different++;
            if (to - from > most) {
                most = to - from;
                best = tickets[from];
            }
        }
        System.out.println(different);
        System.out.println(best + " " + most);
    }
}
