/** EC2 in its own name; also who assumes the roles of instance profiles. */
export const ec2Principal = "ec2.amazonaws.com";
