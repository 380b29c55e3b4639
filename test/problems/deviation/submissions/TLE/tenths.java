public class Main {
    public static void main(String[] args) {
        double x = 0;
        // Ten tenths do not make exactly 1, so this goes past it and on.
        while (x != 1) x += 0.1;
        System.out.println(x + " " + 0);
    }
}
