import java.util.Scanner;

public class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        Map<Integer, Integer> passes = new HashMap<>();
        for (int i = 0; i < n; i++) passes.merge(in.nextInt(), 1, Integer::sum);
        System.out.println(passes.size());
    }
}
