import java.util.Scanner;

// A public class must have the name of its file, which is Main.java.
public class Solution {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        System.out.println(in.nextLong() + in.nextLong());
    }
}
