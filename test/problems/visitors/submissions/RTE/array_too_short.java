import java.util.Scanner;

public class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt(), different = 0, best = 1;
        // A ticket has a larger number than this has places.
        int[] passes = new int[1000];
        for (int i = 0; i < n; i++) {
            int ticket = in.nextInt();
            if (passes[ticket]++ == 0) different++;
        }
        for (int ticket = 1; ticket < passes.length; ticket++) if (passes[ticket] > passes[best]) best = ticket;
        System.out.println(different);
        System.out.println(best + " " + passes[best]);
    }
}
